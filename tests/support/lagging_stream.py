"""A stream of three copies, played by the test: what each copy answers is at its command.

A real cluster lags for milliseconds, whenever it pleases. Here a nats-server without JetStream
passes the questions on to the test, which answers in the server's words (NATS ADR-31 and the
JetStream API, as nats-server 2.15 speaks them).
"""

import base64
import json
import socket
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.local.nats_server import nats_binary
from services.shared.bus.connection import Bus, open_bus
from tests.support.nats import until_read
from tests.support.ports import free_port
from tests.support.waiting import until_ready

TIME: Final = "2026-11-29T12:00:00Z"
NO_MESSAGE: Final = {"code": 404, "err_code": 10037, "description": "no message found"}
NO_LEADER: Final = {"code": 503, "err_code": 10009, "description": "no suitable leader"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that the stream has."""

    sequence: int
    subject: str
    payload: bytes


@dataclass(slots=True)
class LaggingStream:
    """The leader has `messages`; the copy that answers direct gets has the first `copied` of them.

    `asked` counts the questions by what they are. The next `deposed` questions to the leader are
    answered by one that knows no more than the copy.
    """

    name: str
    client: Client
    messages: list[Kept] = field(default_factory=list)
    copied: int = 0
    deposed: int = 0
    replicas: int | None = 3
    """How many copies the stream says it has; None: it is asked in vain."""
    catches_up_by: int = 0
    """How many more messages the copy has after each question to it."""
    asked: Counter[str] = field(default_factory=Counter)

    async def serve(self) -> None:
        """Answer from now on."""
        for name, answer in (
            ("STREAM.INFO.*", self._info),
            (f"STREAM.MSG.GET.{self.name}", self._get),
            (f"DIRECT.GET.{self.name}", self._direct_get),
        ):
            await self.client.subscribe(f"$JS.API.{name}", cb=answer)
        await until_read(self.client)

    def store(self, subject: str, *payloads: bytes) -> None:
        """Let the leader have more messages."""
        for payload in payloads:
            self.messages.append(Kept(len(self.messages) + 1, subject, payload))

    async def _info(self, message: Msg) -> None:
        self.asked["info"] += 1
        state = {"first_seq": 1, "last_seq": len(self._leaders())}
        info = {"config": {"num_replicas": self.replicas}, "created": TIME, "state": state}
        answer = {"error": NO_LEADER} if self.replicas is None else info
        await message.respond(json.dumps(answer).encode())

    async def _get(self, message: Msg) -> None:
        self.asked["leader"] += 1
        found = _find(self._leaders(), json.loads(message.data))
        if self.deposed:
            self.deposed -= 1
        answer: dict[str, Any] = {"error": NO_MESSAGE}
        if found is not None:
            data = base64.b64encode(found.payload).decode()
            kept = {"subject": found.subject, "seq": found.sequence, "data": data, "time": TIME}
            answer = {"message": kept}
        await message.respond(json.dumps(answer).encode())

    async def _direct_get(self, message: Msg) -> None:
        self.asked["copy"] += 1
        has = self.messages[: self.copied]
        self.copied = min(self.copied + self.catches_up_by, len(self.messages))
        question = json.loads(message.data)
        is_of_many = "multi_last" in question
        found = _newest_of_each(has, question) if is_of_many else _following(has, question)
        for kept in found:
            await self._send(message.reply, kept)
        end = {"Status": "204", "Nats-Num-Pending": "0"}
        if is_of_many:
            end["Nats-UpTo-Sequence"] = str(len(has))
        await self._end(message.reply, end if found else {"Status": "404"})

    def _leaders(self) -> list[Kept]:
        return self.messages[: self.copied] if self.deposed else self.messages

    async def _send(self, inbox: str, kept: Kept) -> None:
        headers = {
            "Nats-Sequence": str(kept.sequence),
            "Nats-Subject": kept.subject,
            "Nats-Time-Stamp": TIME,
        }
        await self.client.publish(inbox, kept.payload, headers=headers)

    async def _end(self, inbox: str, headers: dict[str, str]) -> None:
        await self.client.publish(inbox, b"", headers=headers)


def _find(messages: list[Kept], question: dict[str, Any]) -> Kept | None:
    if "last_by_subj" in question:
        found = [each for each in messages if _matches(question["last_by_subj"], each)]
        return found[-1] if found else None
    if "next_by_subj" in question:
        return next(iter(_following(messages, question)), None)
    return next((each for each in messages if each.sequence == question["seq"]), None)


def _following(messages: list[Kept], question: dict[str, Any]) -> list[Kept]:
    later = (each for each in messages if each.sequence >= question.get("seq", 0))
    return [each for each in later if _matches(question["next_by_subj"], each)]


def _newest_of_each(messages: list[Kept], question: dict[str, Any]) -> list[Kept]:
    newest = {each.subject: each for each in messages if each.subject in question["multi_last"]}
    return sorted(newest.values(), key=lambda kept: kept.sequence)


def _matches(subject: str, kept: Kept) -> bool:
    return subject == kept.subject or subject.endswith(("*", ">"))


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def server_without_jetstream() -> Iterator[str]:
    """Run a nats-server that only passes messages on; gives its address."""
    port = free_port()
    command = [str(nats_binary()), "-a", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            until_ready(process, lambda: _listens(port), lambda: "")
            yield f"nats://127.0.0.1:{port}"
        finally:
            process.kill()


@asynccontextmanager
async def lagging(stream: str) -> AsyncIterator[tuple[Bus, LaggingStream]]:
    """Play a stream; gives a connection to read it by, and the stream."""
    with server_without_jetstream() as url:
        async with open_bus(url, name="stand-in") as other, open_bus(url, name="reader") as bus:
            played = LaggingStream(stream, other.client)
            await played.serve()
            yield bus, played
