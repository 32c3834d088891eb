"""A page with its one socket, which comes back whenever it is ended."""

import math
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Final, Protocol

from services.realtime.close_codes import CloseReason
from tests.load.scaling.agenda import Agenda
from tests.load.scaling.gateway import Gateway
from tests.load.scaling.queue import Queue
from tests.support.chatting.backoff import Backoff

ABNORMAL: Final = 1006


class Balancer(Protocol):
    """Chooses the gateway of a new connection."""

    def pick(self) -> Gateway | None:
        """Return one, whether it still lives or not; None where there is none."""


@dataclass(frozen=True, slots=True)
class Return:
    """A page that is connected again."""

    code: int
    """With which its connection was closed."""
    at: float
    absent: float
    """Seconds."""


@dataclass(slots=True)
class World:
    """The state that all pages share, and their counts."""

    agenda: Agenda
    balancer: Balancer
    tokens: Queue
    """Where web makes the token that each further connection needs."""
    token_seconds: float
    random: Random
    returns: list[Return] = field(default_factory=list)


class Page:
    """Comes back by the rule of the browser's element, `tests/support/chatting/backoff.py`.

    The network takes no time: its round trips would have to be added.
    """

    __slots__ = ("_backoff", "_code", "_gateway", "_left", "_opened", "_visit", "_world")

    def __init__(self, world: World) -> None:
        self._world = world
        self._backoff = Backoff(world.random)
        self._gateway: Gateway | None = None
        self._opened = 0.0
        self._left = 0.0
        self._code = ABNORMAL
        self._visit = 0

    def sit(self, gateway: Gateway, opened: float, lived: float = 0.0) -> None:
        """Have a connection, of whose time the share `lived` is over."""
        gateway.pages[self] = None
        self._gateway, self._opened = gateway, opened
        ends_at, farewell = gateway.heartbeat.lifetime(self._world.token_seconds)
        self._visit += 1
        if ends_at < math.inf:
            ends_at -= (ends_at - opened) * lived
            self._world.agenda.at(ends_at, partial(self._be_over, self._visit, farewell))

    def end(self, ending: CloseReason) -> None:
        """End with a close code."""
        self._leave(ending.code, ending.reason)

    def cut(self) -> None:
        """Drop the connection."""
        self._leave(ABNORMAL, "")

    def _be_over(self, visit: int, farewell: CloseReason) -> None:
        if visit == self._visit and self._gateway is not None:
            self.end(farewell)

    def _leave(self, code: int, reason: str) -> None:
        now = self._left = self._world.agenda.now
        self._code = code
        if self._gateway is not None:
            del self._gateway.pages[self]
            self._gateway = None
        self._pause(code, reason, now - self._opened)

    def _pause(self, code: int, reason: str, lasted: float) -> None:
        pause = self._backoff.pause(code, reason, lasted)
        self._world.agenda.at(self._world.agenda.now + pause, self._ask_for_token)

    def _ask_for_token(self) -> None:
        agenda = self._world.agenda
        agenda.at(self._world.tokens.serve(agenda.now), self._dial)

    def _dial(self) -> None:
        gateway = self._world.balancer.pick()
        if gateway is None or not gateway.lets_in:
            self._pause(ABNORMAL, "", 0)
            return
        opened = gateway.handshakes.serve(self._world.agenda.now)
        self._world.returns.append(Return(self._code, opened, opened - self._left))
        self.sit(gateway, opened)
