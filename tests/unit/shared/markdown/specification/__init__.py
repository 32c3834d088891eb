"""The examples of the CommonMark and GFM specifications, as test data (see LICENCE.md)."""

import json
from collections.abc import Iterator
from pathlib import Path

_FILES = ("commonmark.json", "gfm.json")


def examples() -> Iterator[tuple[str, str]]:
    """Yield the name and the markdown of every example of both specifications."""
    for name in _FILES:
        path = Path(__file__).parent / name
        for example in json.loads(path.read_text(encoding="utf-8")):
            yield f"{path.stem}-{example['example']}", example["markdown"]
