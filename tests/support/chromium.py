"""Finds the Chromium of the browser's tests; run as a program, it installs one if there is none."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from os import X_OK as EXECUTABLE
from os import access, geteuid
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
)
DOWNLOADS = (
    "chromium-*/chrome-*/chrome",
    "chromium-*/chrome-*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/chrome-*/*headless*shell",
)
INSTALL_SECONDS = 900
MISSING = """\
The browser's tests need a Chromium, and there is none that could be found or installed.
  Debian, Ubuntu  sudo apt-get install chromium
  Fedora          sudo dnf install chromium
  macOS           brew install --cask chromium
  elsewhere       .venv/bin/playwright install --with-deps chromium
  somewhere else  NATTER_CHROMIUM=/path/to/chromium make test"""


class ChromiumSettings(BaseSettings):
    """The path of a Chromium, where it is not in the usual places."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    chosen: Path | None = Field(None, validation_alias="NATTER_CHROMIUM")
    downloads: Path | None = Field(None, validation_alias="PLAYWRIGHT_BROWSERS_PATH")


def find_chromium() -> Path | None:
    """Return the program of a Chromium or Chrome; NATTER_CHROMIUM, if set, is the only one."""
    settings = ChromiumSettings()
    if settings.chosen is not None:
        return settings.chosen if _is_program(settings.chosen) else None
    return next(filter(_is_program, _candidates(settings)), None)


def main() -> int:
    """Print where a Chromium is, after installing it if need be; exit status 1 if there is none."""
    chromium = find_chromium()
    if chromium is None:
        chosen = ChromiumSettings().chosen
        if chosen is not None:
            return _give_up(f"NATTER_CHROMIUM is {chosen}, and there is no program of that name.")
        chromium = _install()
    if chromium is None:
        return _give_up(MISSING)
    print(f"Chromium: {chromium}")  # noqa: T201 - the program's answer
    return 0


def _candidates(settings: ChromiumSettings) -> Iterator[Path]:
    for name in NAMES:
        if found := shutil.which(name):
            yield Path(found)
    for folder in (settings.downloads, *_download_folders()):
        for pattern in DOWNLOADS if folder else ():
            yield from sorted(Path(folder or "").glob(pattern), reverse=True)
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        yield from (folder / application for application in APPLICATIONS)


def _download_folders() -> tuple[Path, Path]:
    """Where Playwright keeps its browsers (its documentation, "Managing browser binaries")."""
    home = Path.home()
    return home / ".cache/ms-playwright", home / "Library/Caches/ms-playwright"


def _install() -> Path | None:
    for command in _installers():
        _say("Installing Chromium (a minute or two): " + " ".join(command[-1]))
        if all(_run(step) for step in command) and (found := find_chromium()) and _starts(found):
            return found
    return None


def _installers() -> Iterator[tuple[tuple[str, ...], ...]]:
    apt = shutil.which("apt-get")
    if apt and geteuid() == 0:
        quietly = ("env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq")
        install = (*quietly, "install", "-y", "--no-install-recommends", "chromium")
        yield (*quietly, "update"), install
    yield ((sys.executable, "-m", "playwright", "install", "chromium"),)


def _run(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(
            command, timeout=INSTALL_SECONDS, capture_output=True, text=True, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _say(str(error))
        return False
    if done.returncode:
        _say("".join((done.stdout + done.stderr).splitlines(keepends=True)[-5:]).rstrip())
    return done.returncode == 0


def _starts(program: Path) -> bool:
    # Ubuntu's package may be a script that only tells where to get the real one.
    return _run((str(program), "--version"))


def _is_program(path: Path) -> bool:
    return path.is_file() and access(path, EXECUTABLE)


def _give_up(reason: str) -> int:
    _say(reason)
    return 1


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - it speaks to a terminal


if __name__ == "__main__":
    sys.exit(main())
