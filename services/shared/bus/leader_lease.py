"""Whether what a stream's leader has just told is sure to be the newest there is.

A leader answers reads by itself, without asking its followers. A node that stood still while these
chose another leader still takes itself for it when it goes on, for up to 80 ms as measured, and
tells whoever is connected to it of an old state. So an answer counts where the server that we are
connected to had been answering for a while, and has not been silent for as long since as it takes
to lose the lead. Any other question is asked again.

Followers wait for at least 4 seconds before they choose another leader, and hear from theirs every
second (nats-server, `raft.go`).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import nats.errors
from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.bus.events import CONNECTION_FAULTS
from services.shared.bus.subjects import TURBO_STREAM_INFO_SUBJECT

SILENCE_SECONDS: Final = 2.5
"""A node that was silent for less has not lost the lead: 4 seconds, less the second of a beat."""
AWAKE_SECONDS: Final = 0.25
"""A node that has been awake for so long knows whether it has lost the lead."""
BEAT_SECONDS: Final = 0.7
ANSWER_SECONDS: Final = 2.0
UNSURE_SECONDS: Final = 30.0
PROOFS: Final = 16


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True)

    num_replicas: int


class _StreamInfo(BaseModel):
    """The part of `STREAM.INFO`'s reply that matters (JetStream API, "Stream info")."""

    model_config = ConfigDict(frozen=True)

    config: _Config


class Lease:
    """What one connection knows of how steadily its server answers."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._answered: deque[tuple[float, float]] = deque(maxlen=PROOFS)
        """When something was asked, and when it was answered."""
        self._connection = 0
        """On which connection that was: how often it had come back by then."""
        self._has_followers: bool | None = None
        """Whether anybody else can take the lead; None where that is not known."""

    async def run(self) -> None:
        """Ask something all the time, so that no read has to be asked twice, until cancelled."""
        while True:
            await self._beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def held[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a leader until its answer is sure to be the newest state, and return that.

        Raises what `ask` does, and `nats.errors.TimeoutError` where the server is too slow for half
        a minute.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + UNSURE_SECONDS
        while True:
            asked = clock()
            answer = await ask()
            if await self._vouches_for(asked, clock()):
                return answer
            if clock() > deadline:
                raise nats.errors.TimeoutError
            await asyncio.sleep(AWAKE_SECONDS)

    async def _vouches_for(self, asked: float, answered: float) -> bool:
        if self._has_followers is None:
            await self._beat()
        if self._has_followers is False:
            return True
        is_sure = any(
            heard <= asked - AWAKE_SECONDS and answered - said <= SILENCE_SECONDS
            for said, heard in self._on_this_connection()
        )
        self._note(asked, answered)
        return is_sure

    def _note(self, asked: float, answered: float) -> None:
        """Remember that the server was awake; one time of many that are close together does."""
        known = self._on_this_connection()
        if not known or answered - known[-1][1] >= AWAKE_SECONDS:
            known.append((asked, answered))

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        asked = clock()
        try:
            reply = await self._client.request(
                TURBO_STREAM_INFO_SUBJECT, b"", timeout=ANSWER_SECONDS
            )
            info = _StreamInfo.model_validate_json(reply.data)
        except (ValidationError, *CONNECTION_FAULTS):
            self._has_followers = None
        else:
            self._has_followers = info.config.num_replicas > 1
            self._note(asked, clock())

    def _on_this_connection(self) -> deque[tuple[float, float]]:
        """Return what this connection's server has answered; another's says nothing of it."""
        if self._connection != self._client.stats["reconnects"]:
            self._connection = self._client.stats["reconnects"]
            self._answered.clear()
        return self._answered
