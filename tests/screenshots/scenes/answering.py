"""Scenes of answers that grow, wait, failed or were stopped."""

from typing import Final

from tests.screenshots import texts
from tests.screenshots.stage import Stage
from tests.support.stored_chats import StoredTurn
from tests.support.waiting import until

_ENOUGH: Final = 1200
_NEWEST: Final = ".message--assistant:last-child"


async def streaming(stage: Stage) -> None:
    """An answer in the middle of its growth."""
    chat = await stage.empty_chat()
    await stage.open_chat(chat)
    await stage.ask(chat, "Something long about how an answer reaches me, please")

    async def has_grown() -> bool:
        answers = await stage.page.locator(_NEWEST).all_inner_texts()
        return len("".join(answers)) > _ENOUGH

    await until(has_grown, seconds=60)


async def states(stage: Stage) -> None:
    """An answer that failed, one that was stopped, and one that waits for another."""
    failed = StoredTurn(
        question="Which ways are there to limit the rate of an API?",
        answer=texts.HALF_AN_ANSWER,
        status="failed",
        error="cut_off",
    )
    stopped = StoredTurn(
        question="Only the token bucket, please",
        answer=texts.HALF_AN_ANSWER[:170],
        status="stopped",
    )
    chat = await stage.stored_chat("Ways to limit a rate", failed, stopped)
    # The page may load more slowly than the answer is written for which the other one waits.
    await stage.open_chat(chat)
    await stage.ask(chat, "Now something long about it, please")
    await stage.ask(chat, "Which one does nginx use?")
    await stage.page.locator('.message__footer[data-status="waiting"]').wait_for()


async def menu_and_versions(stage: Stage) -> None:
    """The menu of an answer with two earlier versions."""
    *earlier, newest = texts.VERSIONS
    turn = StoredTurn(question="A name for a small sailing boat?", answer=newest, earlier=earlier)
    await stage.open_chat(await stage.stored_chat("A name for a boat", turn))
    await stage.page.locator(f"{_NEWEST} .message__more").click()
    await stage.page.locator("#menu .menu__item").first.wait_for()
