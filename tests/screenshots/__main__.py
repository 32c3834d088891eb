"""`make screenshots`: the main pages, wide and narrow, light and dark, as a browser shows them."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.screenshots.camera import Camera
from tests.screenshots.gallery import write_gallery
from tests.screenshots.scenes import SCENES, looks_at
from tests.screenshots.seeds import store
from tests.support.browser import headless
from tests.support.chromium import MISSING, find_chromium
from tests.support.site import running_site

FOLDER: Final = Path("screenshots")
_VARIABLES: Final = {"NATTER_DEMO_TOKENS_PER_SECOND": "60"}


def main() -> int:
    """Take the pictures of the scenes that the command line names; 1 where one went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument(
        "scenes", nargs="*", metavar="scene", help=f"parts of {', '.join(SCENES)}; all if none"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pictures go")
    arguments = parser.parse_args()
    scenes = [
        name for name in SCENES if not arguments.scenes or any(w in name for w in arguments.scenes)
    ]
    if not scenes:
        parser.error(f"choose from {', '.join(SCENES)}")
    program = find_chromium()
    if program is None:
        _say(MISSING)
        return 1
    arguments.folder.mkdir(parents=True, exist_ok=True)
    failures = asyncio.run(_take(scenes, arguments.folder, program))
    _say(
        f"Look at {write_gallery(arguments.folder)}: {failures} pictures are not as they should be."
    )
    return min(failures, 1)


async def _take(scenes: Sequence[str], folder: Path, program: Path) -> int:
    with tempfile.TemporaryDirectory(prefix="natter-screenshots-") as data:
        async with running_site(Path(data), _VARIABLES) as site, headless(program) as browser:
            camera = Camera(site, browser, await store(site), folder)
            reasons = [await _take_one(camera, scene) for scene in scenes]
    return sum(reasons)


async def _take_one(camera: Camera, scene: str) -> int:
    """Take a scene's pictures, say how each went, and return how many went wrong."""
    failures = 0
    for look in looks_at(scene):
        reason = await camera.take(scene, look)
        _say(f"{scene}-{look.name}: {reason or 'taken'}")
        failures += reason is not None
    return failures


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the program's answer


if __name__ == "__main__":
    sys.exit(main())
