"""Measures server after server, within a bounded time, and goes on where one fails."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from deploy.local.process import StartError
from tests.load.child import ChildFailedError
from tests.load.crowd import CrowdError
from tests.load.installing import install_channels, install_nchan
from tests.load.measures.answers import measure_answers
from tests.load.measures.bus import measure_bus
from tests.load.measures.chat_page import measure_chat_page
from tests.load.measures.fan_out import measure_fan_out
from tests.load.measures.findings import Findings, Measure
from tests.load.measures.first_token import measure_first_token
from tests.load.measures.handshakes import measure_handshakes
from tests.load.measures.latency import measure_latency
from tests.load.measures.markdown import measure_markdown
from tests.load.measures.memory import measure_memory
from tests.load.measures.outbox import measure_outbox
from tests.load.measures.provider import measure_provider
from tests.load.measures.resume import measure_resume
from tests.load.measures.searching import measure_searching
from tests.load.measures.services import measure_services
from tests.load.measures.stop import measure_stop
from tests.load.measures.streaming import measure_streaming
from tests.load.measures.tabs import measure_tabs
from tests.load.servers.floor import FLOOR
from tests.load.servers.nchan import NCHAN
from tests.load.servers.over_nats import NATTER, STOCK
from tests.load.servers.over_redis import CHANNELS
from tests.load.servers.running import Contender

CONTENDERS: Final = {each.name: each for each in (NATTER, STOCK, CHANNELS, NCHAN, FLOOR)}
MEASURES: Final[Mapping[str, Measure]] = {
    "memory": measure_memory,
    "fan-out": measure_fan_out,
    "handshakes": measure_handshakes,
    "latency": measure_latency,
    "resume": measure_resume,
    "answers": measure_answers,
    "first-token": measure_first_token,
    "stop": measure_stop,
    "provider": measure_provider,
    "markdown": measure_markdown,
    "services": measure_services,
    "outbox": measure_outbox,
    "bus": measure_bus,
    "chat-page": measure_chat_page,
    "search": measure_searching,
    "streaming": measure_streaming,
    "tabs": measure_tabs,
}
# It is played and not measured, and of no server but ours.
SCALING: Final = "scaling"
_INSTALLERS: Final[Mapping[str, Callable[[], str | None]]] = {
    CHANNELS.name: install_channels,
    NCHAN.name: install_nchan,
}
# A measure that has begun takes five minutes at worst: all in all it is less than twenty-five.
_BEGIN_SECONDS: Final = 20 * 60.0
_SUMMED: Final = frozenset({"astray", "chunk_lost"})

type Tell = Callable[[str], None]


@dataclass(slots=True)
class Contest:
    """The findings, server by server; `failures` names each measure that failed."""

    folder: Path
    sockets: int
    tell: Tell
    results: dict[str, Findings] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def measure(self, names: Sequence[str], measures: Sequence[str]) -> None:
        """Measure these of these, where they can be had."""
        for name in names:
            chosen = [each for each in measures if each in CONTENDERS[name].measures]
            if not chosen:
                continue
            reason = _INSTALLERS.get(name, _is_here)()
            if reason is not None:
                self.tell(f"{name} is left out: {reason}")
                continue
            self.results[name] = {}
            for measure in chosen:
                self._measure_one(_within(CONTENDERS[name], self.sockets), measure)

    def _measure_one(self, contender: Contender, measure: str) -> None:
        what = f"{contender.name}: {measure}"
        if time.monotonic() - self.began > _BEGIN_SECONDS:
            self.failures.append(what)
            self.tell(f"{what} is left out: the time is over")
            return
        began = time.monotonic()
        try:
            findings = MEASURES[measure](contender, self._folder_of(contender, measure))
        except (StartError, ChildFailedError, CrowdError, OSError) as error:
            self.failures.append(what)
            self.tell(f"{what} failed: {error}")
            return
        _add(self.results[contender.name], findings)
        self.tell(f"{what}, {time.monotonic() - began:.0f} s")

    def _folder_of(self, contender: Contender, measure: str) -> Path:
        return self.folder / f"{contender.name}-{measure}"


def parts_in(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell servers and measures apart; none of a kind means all. Raises ValueError."""
    lowered = {name.lower(): name for name in CONTENDERS}
    names = [lowered[word.lower()] for word in words if word.lower() in lowered]
    known = [*MEASURES, SCALING]
    measures = [word for word in words if word in known]
    unknown = [word for word in words if word.lower() not in lowered and word not in known]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: choose from {', '.join([*lowered, *known])}")
    chosen = [name for name in CONTENDERS if name in names]
    return chosen or list(CONTENDERS), measures or known


def _is_here() -> None:
    return None


def _within(contender: Contender, sockets: int) -> Contender:
    fitting = replace(contender.pace, sockets=min(contender.pace.sockets, sockets))
    return replace(contender, pace=fitting)


def _add(results: Findings, findings: Findings) -> None:
    """Take the findings over; what got lost is summed up over the measures."""
    for key, value in findings.items():
        results[key] = value + results.get(key, 0.0) if key in _SUMMED else value
