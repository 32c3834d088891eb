"""Versions of Natter beside the one that is tested: one before it, one after it, and the like."""

import json
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest

from services.web.db.migrate import FOLDER
from services.web.rendering.assets import ASSETS
from tests.support.gateways import ROOT

# Its schema is older, and it writes what is said in the same HTML.
BEFORE: Final = "4bf09b7e"
BUILD: Final = ASSETS.relative_to(ROOT)
MIGRATIONS: Final = FOLDER.relative_to(ROOT)
EXPANSION: Final = """-- migrate:up
ALTER TABLE messages ADD COLUMN expansion text NOT NULL DEFAULT 'none';
ALTER TABLE outbox ADD COLUMN expansion text;
CREATE INDEX outbox_expansion ON outbox (expansion);
"""
MARKS: Final = {
    ".js": b'document.documentElement.dataset.build = "other";\n',
    ".css": b":root { --build: other }\n",
}
OTHER_HASH: Final = "ABCDEF27"
_GIT: Final = shutil.which("git") or "git"


def version_before(folder: Path) -> Path:
    """Unpack the version before this one in `folder`; skip the test where there is no history.

    It has this version's build of the front end, so that it can start.
    """
    archived = _git("archive", BEFORE, "services")
    if archived is None:
        pytest.skip(f"no old version: the history that is here has no commit {BEFORE}")
    with tarfile.open(fileobj=BytesIO(archived)) as archive:
        archive.extractall(folder, filter="data")
    shutil.copytree(ASSETS, folder / BUILD)
    return folder


def version_after(folder: Path) -> Path:
    """Copy this version to `folder`, with a migration more, which expands the schema."""
    _copy(folder)
    shutil.copytree(ASSETS, folder / BUILD)
    (folder / MIGRATIONS / "9999_expand_messages.sql").write_text(EXPANSION)
    return folder


def version_with_other_assets(folder: Path) -> Path:
    """Copy this version to `folder` with files of other names, in which it can be told."""
    _copy(folder)
    build = folder / BUILD
    build.mkdir()
    manifest = json.loads((ASSETS / "manifest.json").read_text())
    for name, own in manifest.items():
        source = Path(name)
        manifest[name] = f"{source.stem}-{OTHER_HASH}{source.suffix}"
        mark = MARKS.get(source.suffix, b"")
        (build / manifest[name]).write_bytes(mark + (ASSETS / own).read_bytes())
    (build / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _copy(folder: Path) -> None:
    left_out = shutil.ignore_patterns("node_modules", "__pycache__", "build")
    shutil.copytree(ROOT / "services", folder / "services", ignore=left_out)


def _git(*arguments: str) -> bytes | None:
    """Run git on the repository; None where it fails, or is not there."""
    try:
        return subprocess.run([_GIT, *arguments], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
