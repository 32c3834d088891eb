"""Scenes of somebody who reads."""

from typing import Final

from tests.screenshots.stage import Stage

_NO_SUCH_CHAT: Final = "/chat/999999999/message/list/"
_MIRRORED: Final = "() => { document.documentElement.dir = 'rtl' }"
_QUESTION_AT_THE_TOP: Final = """
(question) => question.scrollIntoView({ block: "start" })
"""


async def empty(stage: Stage) -> None:
    """A new chat, with starting points."""
    await stage.open_chat(await stage.empty_chat())
    await stage.page.locator(".welcome").wait_for()


async def long_answer(stage: Stage) -> None:
    """Code, a table and a formula."""
    await stage.open_chat(stage.chats["long"])
    question = stage.page.locator(".message--user").last
    if stage.look.javascript:
        await question.evaluate(_QUESTION_AT_THE_TOP)


async def error_page(stage: Stage) -> None:
    """A chat that does not exist."""
    await stage.open(_NO_SUCH_CHAT)


async def offline(stage: Stage) -> None:
    """A page that reaches the gateway in neither way."""
    await stage.page.route_web_socket("**/ws/**", lambda socket: socket.close())
    await stage.page.route("**/sse/**", lambda route: route.abort())
    await stage.open(f"/chat/{stage.chats['long']}/message/list/")
    await stage.page.locator(".connection:not(:empty)").first.wait_for()


async def right_to_left(stage: Stage) -> None:
    """Arabic and Hebrew, in a page that is mirrored."""
    await stage.open_chat(stage.chats["right-to-left"])
    await stage.page.evaluate(_MIRRORED)


async def printed(stage: Stage) -> None:
    """The long answer on paper."""
    await stage.open_chat(stage.chats["long"])
    await stage.page.emulate_media(media="print")
