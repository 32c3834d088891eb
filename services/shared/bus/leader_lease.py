"""Makes sure that the answer of a stream's leader is the newest state.

A leader answers reads by itself, without asking its followers. A node that was suspended while they
elected another leader still acts as leader when it resumes, for up to 80 ms as measured, and
returns an old state. So an answer counts only if our server had been answering for a while before,
and has not been silent since for as long as it takes to lose the lead. Any other question is
repeated.

Followers wait at least 4 seconds before they elect another leader, and hear from theirs every
second (nats-server, `raft.go`).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import nats.errors
from nats.aio.client import Client

from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.stream_info import StreamInfoError, read_stream_info

SILENCE_SECONDS: Final = 2.5
"""A node that was silent for less has not lost the lead: 4 seconds, less a second's heartbeat."""
AWAKE_SECONDS: Final = 0.25
"""A node that has been awake for this long knows whether it has lost the lead."""
BEAT_SECONDS: Final = 0.7
ANSWER_SECONDS: Final = 2.0
UNSURE_SECONDS: Final = 30.0
PROOFS: Final = 16


class _Answered(NamedTuple):
    """When something was asked, and when it was answered, by the loop's clock."""

    asked: float
    answered: float


class Lease:
    """Tracks how steadily the server of one connection answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answers: deque[_Answered] = deque(maxlen=PROOFS)
        self._reconnects = 0
        """How often the connection had been restored when these answers came."""
        self._has_followers: bool | None = None
        """Whether another node can take the lead; None if that is not known."""

    async def run(self) -> None:
        """Keep asking, so that no read has to be asked twice, until cancelled."""
        while True:
            await self._beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def held[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a leader until its answer is sure to be the newest state, and return that answer.

        Raises what `ask` raises, and `nats.errors.TimeoutError` after half a minute.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + UNSURE_SECONDS
        while True:
            asked = clock()
            answer = await ask()
            if await self._vouches_for(_Answered(asked, clock())):
                return answer
            if clock() > deadline:
                raise nats.errors.TimeoutError
            await asyncio.sleep(AWAKE_SECONDS)

    async def _vouches_for(self, question: _Answered) -> bool:
        if self._has_followers is None:
            await self._beat()
        if self._has_followers is False:
            return True
        is_sure = any(
            proof.answered <= question.asked - AWAKE_SECONDS
            and question.answered - proof.asked <= SILENCE_SECONDS
            for proof in self._proofs()
        )
        self._note(question)
        return is_sure

    def _note(self, answer: _Answered) -> None:
        """Remember that the server was awake; of answers close together only the first."""
        known = self._proofs()
        if not known or answer.answered - known[-1].answered >= AWAKE_SECONDS:
            known.append(answer)

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        asked = clock()
        try:
            info = await read_stream_info(self._client, seconds=ANSWER_SECONDS)
        except (StreamInfoError, *CONNECTION_FAULTS):
            self._has_followers = None
        else:
            self._has_followers = info.config.num_replicas > 1
            self._note(_Answered(asked, clock()))

    def _proofs(self) -> deque[_Answered]:
        """Return this connection's answers; those of another server prove nothing."""
        if self._reconnects != self._client.stats["reconnects"]:
            self._reconnects = self._client.stats["reconnects"]
            self._answers.clear()
        return self._answers
