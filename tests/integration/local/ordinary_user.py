"""Being a user who may not do everything: the one who runs the tests, or nobody where root does."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can prepare this")


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Let the body be done by an ordinary user."""
    if not IS_ROOT:
        yield
        return
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a folder that the ordinary user owns and can reach."""
    folder = Path(tempfile.mkdtemp(prefix="natter-home-")).resolve()
    if IS_ROOT:
        os.chown(folder, NOBODY, NOBODY)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(folder)
