"""The examples that documents print in fences, by the heading that they stand under."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
DOCUMENTS: Final = (
    "README.md",
    "services/realtime/README.md",
    "deploy/README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
)
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_FILE: Final = re.compile(r"`([\w.-]+\.\w+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """One fence; `file` is the name that the sentence before it gives to what it holds."""

    language: str
    text: str
    file: str

    @property
    def commands(self) -> list[str]:
        """The parts between blank lines, each to be typed by itself."""
        return [part for part in self.text.split("\n\n") if part.strip()]


def sections(document: str) -> dict[str, tuple[Block, ...]]:
    """Return the blocks under each heading, those without a language among them."""
    found: dict[str, tuple[Block, ...]] = {}
    for heading, block in _blocks((ROOT / document).read_text()):
        found[heading] = (*found.get(heading, ()), block)
    return found


def printed(document: str, heading: str) -> tuple[Block, ...]:
    """Return what is to be run under `heading`; a picture is a block without a language."""
    return tuple(block for block in sections(document)[heading] if block.language)


def _blocks(text: str) -> Iterator[tuple[str, Block]]:
    fences = list(_FENCE.finditer(text))
    headings = [
        match
        for match in _HEADING.finditer(text)
        if not any(fence.start() < match.start() < fence.end() for fence in fences)
    ]
    for fence in fences:
        heading = next(match for match in reversed(headings) if match.start() < fence.start())
        before = text[: fence.start()].rstrip()
        files = _FILE.findall(before[before.rfind("\n\n") :]) if before.endswith(":") else []
        yield heading[1], Block(fence[1], fence[2], files[-1] if files else "")
