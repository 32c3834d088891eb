"""The pictures that the README shows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.screenshots.looks import NARROW_DARK, NARROW_LIGHT, WIDE_DARK, WIDE_LIGHT, Look

FOLDER: Final = Path("deploy/local/pictures")
PICTURES: Final[Mapping[str, tuple[str, Look]]] = {
    "conversation-light.webp": ("02-long-answer", WIDE_LIGHT),
    "conversation-dark.webp": ("02-long-answer", WIDE_DARK),
    "search-light.webp": ("06-search", WIDE_LIGHT),
    "search-dark.webp": ("06-search", WIDE_DARK),
    "telephone-light.webp": ("03-streaming", NARROW_LIGHT),
    "telephone-dark.webp": ("03-streaming", NARROW_DARK),
}
"""Each file, its scene and its look."""
