"""Draws the import contracts into ARCHITECTURE.md: `python -m tests.architecture.picture`."""

import textwrap
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from tests.architecture.project import ROOT

DOCUMENT: Final = ROOT / "ARCHITECTURE.md"
BEGIN: Final = "<!-- picture: begin -->"
END: Final = "<!-- picture: end -->"
WIDTH: Final = 110
SERVICES: Final = "services."

type Layers = list[list[str]]
"""From the highest to the lowest; the modules of one layer do not import each other."""


def layers_of() -> dict[str, Layers]:
    """Return the layers of each package that has a contract; "" is the project's own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, Layers] = {}
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            for container in contract.get("containers", [""]):
                found.setdefault(container, [_modules(layer) for layer in contract["layers"]])
    return found


def _modules(layer: Any) -> list[str]:
    """Split a layer such as `(forms) | (views)`; brackets mark what may be missing."""
    return [name.strip(" ()") for name in layer.replace(":", "|").split("|")]


def picture() -> str:
    """Draw the project: a box for each package, and in it a line for each layer."""
    contracts = layers_of()
    rows = ([(package, contracts.get(package, [])) for package in row] for row in contracts[""])
    return "\n".join(
        _side_by_side([_box(*box, width) for box, width in _sized(row)]) for row in rows
    )


def _sized(row: list[tuple[str, Layers]]) -> Iterator[tuple[tuple[str, Layers], int]]:
    """Yield each package with the width within its box; those without layers are narrow."""
    narrow = {package: len(package) for package, layers in row if not layers and len(row) > 1}
    left = WIDTH - (len(row) - 1) - sum(width + 4 for width in narrow.values())
    for package, layers in row:
        yield (package, layers), narrow.get(package) or left // (len(row) - len(narrow)) - 4


def _box(package: str, layers: Layers, width: int) -> list[str]:
    """Draw a package; its lines are all equally long."""
    title = package.removeprefix(SERVICES)
    body = [f"│ {line:<{width}} │" for layer in layers for line in _wrapped(layer, width)]
    return [f"┌ {title} {'─' * (width - len(title))}┐", *body, f"└{'─' * (width + 2)}┘"]


def _wrapped(layer: list[str], width: int) -> list[str]:
    """Write a layer on as few lines as it needs; those that follow are indented."""
    *names, last = [name.removeprefix(SERVICES) for name in layer]
    # A no-break space keeps each dot behind its name.
    text = " ".join([*(f"{name}\u00a0·" for name in names), last])
    lines = textwrap.wrap(text, width, subsequent_indent="    ")
    return [line.replace("\u00a0", " ") for line in lines]


def _side_by_side(boxes: list[list[str]]) -> str:
    """Put boxes beside each other, the shorter ones filled up above their bottom line."""
    height = max(map(len, boxes))
    return "\n".join(" ".join(parts) for parts in zip(*_filled(boxes, height), strict=True))


def _filled(boxes: list[list[str]], height: int) -> Iterator[list[str]]:
    for *lines, bottom in boxes:
        empty = f"│{' ' * (len(bottom) - 2)}│"
        yield [*lines, *[empty] * (height - len(lines) - 1), bottom]


def drawn_into(text: str) -> str:
    """Return the document with the picture of now between its two marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{DOCUMENT.name} lacks {BEGIN} or {END}")
    return f"{before}{begin}\n\n```\n{picture()}\n```\n\n{end}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(drawn_into(DOCUMENT.read_text()))
