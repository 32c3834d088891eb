"""The pictures that the README shows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.screenshots.looks import NARROW_DARK, WIDE_DARK, WIDE_LIGHT, Look

FOLDER: Final = Path("deploy/local")
PICTURES: Final[Mapping[str, tuple[str, Look]]] = {
    "screenshot.webp": ("02-long-answer", WIDE_LIGHT),
    "screenshot-search.webp": ("06-search", WIDE_DARK),
    "screenshot-narrow.webp": ("03-streaming", NARROW_DARK),
}
"""Each file, its scene and its look."""
