"""Files and folders that only their owner may read."""

import os
from pathlib import Path

_FILE = 0o600
_FOLDER = 0o700


def make_private_folder(path: Path) -> None:
    """Create `path` and its parents; only the owner may enter `path` itself."""
    path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)


def read_private(path: Path) -> str:
    """Read a file, and remove the rights that others have to it."""
    path.chmod(_FILE)
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write `text` atomically: no reader sees half of it, or wider rights."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE), "w") as file:  # noqa: PTH123 - the mode must be right from the first byte
        file.write(text)
    new.replace(path)
