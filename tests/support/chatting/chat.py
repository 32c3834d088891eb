"""A chat as a person uses it, by the forms of its page, and as the database holds it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx2

from tests.support.chatting.stored import Store, Stored
from tests.support.waiting import until

ANSWER_SECONDS: Final = 120.0
TURBO: Final = {"accept": "text/vnd.turbo-stream.html, text/html"}
_LOCATION: Final = re.compile(r"/chat/(\d+)/")
_MESSAGE: Final = re.compile(r'<article id="message_(\d+)" class="message message--(\w+)"')


class NotTakenError(AssertionError):
    """A form was refused; `status` is the response's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"status {status}: {text[-500:]}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat; `http` goes to web, `store` has what web has stored."""

    number: int
    http: httpx2.AsyncClient
    store: Store

    async def send(self, content: str, key: str | None = None) -> int:
        """Send a message; return the id of its answer-to-be. `key` is the form's own.

        Raises NotTakenError for another status than 200, httpx2.TransportError without an answer.
        """
        path = f"/chat/{self.number}/message/create/"
        fields = {"content": content, **({"key": key} if key else {})}
        answer = await self.http.post(path, data=fields, headers=TURBO)
        if answer.status_code != 200:
            raise NotTakenError(answer.status_code, answer.text)
        ids = [int(number) for number, role in _MESSAGE.findall(answer.text) if role == "assistant"]
        assert len(ids) == 1, answer.text[:500]
        return ids[0]

    async def ask(self, message: int, action: str) -> httpx2.Response:
        """Press one of a message's buttons: stop, retry, continue or regenerate."""
        path = f"/chat/{self.number}/message/{message}/{action}/"
        answer = await self.http.post(path, headers=TURBO)
        assert answer.status_code < 400, f"{action}: {answer.status_code} {answer.text[-500:]}"
        return answer

    async def stored(self) -> list[Stored]:
        """Read all messages, of every version, the oldest first."""
        return await self.store.messages(self.number)

    async def message(self, message: int) -> Stored:
        """Read one message."""
        return next(stored for stored in await self.stored() if stored.id == message)

    async def until_ended(
        self, messages: Sequence[int], seconds: float = ANSWER_SECONDS
    ) -> list[Stored]:
        """Wait until these answers have ended, however; return them."""

        async def have_ended() -> list[Stored]:
            found = [stored for stored in await self.stored() if stored.id in messages]
            return found if all(each.has_ended for each in found) else []

        return await until(have_ended, seconds=seconds)


async def new_chat(http: httpx2.AsyncClient, store: Store) -> Chat:
    """Begin a chat."""
    answer = await http.post("/chat/", data={"fresh": "1"})
    assert answer.status_code == 303, f"status {answer.status_code}"
    found = _LOCATION.search(answer.headers["location"])
    assert found is not None
    return Chat(int(found[1]), http, store)
