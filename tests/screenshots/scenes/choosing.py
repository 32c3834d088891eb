"""Scenes of somebody who looks for something, chooses or tidies up."""

from tests.screenshots import texts
from tests.screenshots.stage import Stage
from tests.support.stored_chats import StoredTurn


async def search(stage: Stage) -> None:
    """What is found for a word, in the dialog over a chat."""
    await stage.open_chat(stage.chats["long"])
    await stage.page.keyboard.press("Control+k")
    await stage.page.locator("#search-dialog .search__input").fill(texts.SEARCHED)
    await stage.page.locator("#search-dialog .result mark").first.wait_for()


async def model_picker(stage: Stage) -> None:
    """The models that can answer."""
    await stage.open_chat(await stage.empty_chat())
    await stage.page.locator(".composer__toolbar .picker__button").click()
    await stage.page.locator("#picker-frame .models__choice").first.wait_for()


async def delete_with_undo(stage: Stage) -> None:
    """A chat has just been deleted, and can be had back."""
    turn = StoredTurn(question="A name for a small sailing boat?", answer=texts.VERSIONS[0])
    await stage.open_chat(await stage.stored_chat("A name for a boat", turn))
    await stage.page.locator(".header a[href$='/menu/']").click()
    await stage.page.locator("#menu").get_by_role("button", name="Delete").click()
    await stage.page.locator(".toast").wait_for()


async def settings(stage: Stage) -> None:
    """What a person can choose."""
    await stage.open("/settings/")
    await stage.page.locator(".page").wait_for()
