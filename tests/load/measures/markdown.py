"""The cost of a growing answer: bytes to one viewer, and CPU to render and highlight it."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from services.shared.highlighting.code import Code, Colours
from services.shared.highlighting.worker import highlighted
from services.shared.markdown import Change, Splitter
from services.shared.pages.turbo import append, replace, update
from tests.load.documents import SECTION, document
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

# Characters: a token is taken for four, and eight of them come at a time.
_TOKEN: Final = 4
_PIECE: Final = 8 * _TOKEN
_BLOCK: Final = 32 * 1024
_TOKENS: Final = {"1k": 1_000, "10k": 10_000, "40k": 40_000}
_ROUNDS: Final = 3
_MILLI: Final = 1e3
_STREAMS: Final = {"append": append, "replace": replace, "update": update}

_LONG_BLOCKS: Final = {
    "list": ("", "- item {n} with a **bold** word and some `code` in it\n"),
    "table": ("| name | value | note |\n|---|--:|---|\n", "| row {n} | {n} | some `code` here |\n"),
    "code": ("```python\n", "def function_{n}(value: int) -> int:\n    return value + {n}  # so\n"),
}


class Cost(NamedTuple):
    """Bytes sent, bytes of the final HTML, and milliseconds of CPU."""

    sent: int
    html: int
    cpu: float


def measure_markdown(_contender: Contender, _folder: Path) -> Findings:
    """Return bytes as multiples of the final HTML, milliseconds of CPU, and growth factors."""
    _stream(document("", SECTION, _BLOCK, start=1_000_000))
    mixed = {name: _cost("", SECTION, tokens * _TOKEN) for name, tokens in _TOKENS.items()}
    blocks = {name: _cost(*block, _BLOCK) for name, block in _LONG_BLOCKS.items()}
    return {
        "markdown_bytes": _cost("", SECTION, _BLOCK).sent / _cost("", SECTION, _BLOCK).html,
        **{f"markdown_bytes_{name}": cost.sent / cost.html for name, cost in blocks.items()},
        **{f"markdown_cpu_{name}": cost.cpu for name, cost in (mixed | blocks).items()},
        "markdown_bytes_growth": mixed["10k"].sent / mixed["1k"].sent,
        "markdown_bytes_growth_on": mixed["40k"].sent / mixed["10k"].sent,
        "markdown_cpu_growth": mixed["10k"].cpu / mixed["1k"].cpu,
        "markdown_cpu_growth_on": mixed["40k"].cpu / mixed["10k"].cpu,
    }


def _cost(head: str, part: str, length: int) -> Cost:
    """Stream a few documents that differ, so that no cache has them, and take the cheapest."""
    starts = range(0, _ROUNDS * length, length)
    return min((_stream(document(head, part, length, start)) for start in starts), key=_cpu)


def _cpu(cost: Cost) -> float:
    return cost.cpu


def _stream(document: str) -> Cost:
    pieces = [document[at : at + _PIECE] for at in range(0, len(document), _PIECE)]
    changes: list[Change] = []
    began = time.process_time()
    splitter = Splitter("message_7")
    for piece in pieces:
        changes += splitter.feed(piece)
        changes += splitter.colour(_colours(splitter.take_codes()))
    changes += splitter.finish().changes
    changes += splitter.colour(_colours(splitter.take_codes()))
    cpu = (time.process_time() - began) * _MILLI
    return Cost(_bytes(changes), len(splitter.whole.encode()), cpu)


def _colours(codes: Iterable[Code]) -> Colours:
    """Do the work of both processes in this one, with what goes from one to the other."""
    asked = ((code, json.loads(json.dumps(code))) for code in codes)
    return {code: json.loads(json.dumps(highlighted(*question))) for code, question in asked}


def _bytes(changes: Iterable[Change]) -> int:
    """Count what a viewer gets: each change as a Turbo Stream."""
    return sum(len(_STREAMS[c.action](c.target, c.html).encode()) for c in changes)
