"""One page that shows all pictures of a folder."""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Final

_HEAD: Final = """<!doctype html>
<meta charset="utf-8">
<title>Natter, scene by scene</title>
<style>
body { font: 1rem system-ui; margin: 1rem; background: #888 }
div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start }
figure { margin: 0 } img { max-width: 45rem; max-height: 60rem }
</style>
"""


def write_gallery(folder: Path) -> Path:
    """Write it beside the pictures and return its path."""
    page = folder / "index.html"
    page.write_text(_HEAD + "\n".join(_sections(sorted(folder.glob("*.png")))))
    return page


def _sections(pictures: list[Path]) -> Iterator[str]:
    for number, group in groupby(pictures, lambda picture: picture.name[:2]):
        yield f"<h2>{escape(number)}</h2>\n<div>"
        for picture in group:
            name = escape(picture.name)
            yield f'<figure><figcaption>{name}</figcaption><img src="{name}" alt=""></figure>'
        yield "</div>"
