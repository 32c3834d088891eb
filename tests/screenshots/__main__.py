"""`make screenshots`: the main pages, wide and narrow, light and dark, as a browser shows them."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.shared.process.logging import configure_logging
from tests.screenshots import readme
from tests.screenshots.camera import Camera
from tests.screenshots.gallery import write_gallery
from tests.screenshots.looks import Look
from tests.screenshots.models import serving_models
from tests.screenshots.scenes import SCENES, looks_at
from tests.screenshots.seeds import store
from tests.support.browser import headless
from tests.support.chromium import MISSING, find_chromium
from tests.support.site import running_site

FOLDER: Final = Path("screenshots")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to take."""

    scene: str
    look: Look
    path: Path


def main() -> int:
    """Take the pictures of the scenes that the command line names; 1 where one went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument(
        "scenes", nargs="*", metavar="scene", help=f"parts of {', '.join(SCENES)}; all if none"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go")
    parser.add_argument("--readme", action="store_true", help="take those of the README instead")
    arguments = parser.parse_args()
    pictures = _of_readme() if arguments.readme else _of_scenes(arguments.scenes, arguments.folder)
    program = find_chromium()
    if not pictures or program is None:
        parser.error(MISSING if program is None else f"choose from {', '.join(SCENES)}")
    for picture in pictures:
        picture.path.parent.mkdir(parents=True, exist_ok=True)
    configure_logging("warning", "console")
    failures = asyncio.run(_take(pictures, program))
    if not arguments.readme:
        _say(f"{write_gallery(arguments.folder)} shows them.")
    _say(f"{failures} of {len(pictures)} are not as they should be.")
    return min(failures, 1)


def _of_scenes(words: Sequence[str], folder: Path) -> list[Picture]:
    """List the pictures of the scenes whose names hold one of `words`."""
    return [
        Picture(scene, look, folder / f"{scene}-{look.name}.png")
        for scene in SCENES
        if not words or any(word in scene for word in words)
        for look in looks_at(scene)
    ]


def _of_readme() -> list[Picture]:
    return [Picture(*what, readme.FOLDER / name) for name, what in readme.PICTURES.items()]


async def _take(pictures: Sequence[Picture], program: Path) -> int:
    """Take them all, say how each went, and return how many went wrong."""
    failures = 0
    with tempfile.TemporaryDirectory(prefix="natter-screenshots-") as data:
        async with (
            serving_models() as variables,
            running_site(Path(data), variables) as site,
            headless(program) as browser,
        ):
            camera = Camera(site, browser, await store(site))
            for each in pictures:
                reason = await camera.take(each.scene, each.look, each.path)
                _say(f"{each.path.name}: {reason or 'taken'}")
                failures += reason is not None
    return failures


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the program's answer


if __name__ == "__main__":
    sys.exit(main())
