"""Stores secrets in files, each for one reader, written atomically and durably."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = 0
_FOLDER: Final = 0o700
_FILE: Final = 0o400


class SecretFileError(Exception):
    """The content of a file is not valid; the text is a sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Store:
    """A folder for each reader below `root`; `readers` maps a reader to its user id.

    A reader owns its files only if root writes them: no other user can change an owner.
    """

    root: Path
    readers: Mapping[str, int]

    def read(self, name: str) -> str:
        """Return the content of the file `<reader>/<name>`; an empty text if there is none.

        Raises `SecretFileError` if the file is no text.
        """
        path = self.root / name
        try:
            return path.read_text("utf-8").removesuffix("\n") if path.exists() else ""
        except UnicodeDecodeError:
            raise SecretFileError(f"The secret {name} is no text in UTF-8.") from None

    def write(self, name: str, text: str) -> bool:
        """Write `text` to a file; return whether that changed it."""
        path = self.root / name
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        content = f"{text}\n".encode() if text else b""
        is_changed = not path.exists() or path.read_bytes() != content
        if is_changed:
            self._replace(path, content, new)
        self._hand_over(path, _FILE)
        return is_changed

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the store; make the readers' folders."""
        for reader in self.readers:
            folder = self.root / reader
            folder.mkdir(parents=True, exist_ok=True)
            self._hand_over(folder, _FOLDER)
        lock = os.open(self.root / next(iter(self.readers)), os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _replace(self, path: Path, content: bytes, new: Path) -> None:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            self._hand_over(new, _FILE)
            os.fsync(file.fileno())
        new.replace(path)
        _flush(path.parent)

    def _hand_over(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if os.geteuid() == ROOT:
            uid = self.readers[path.relative_to(self.root).parts[0]]
            os.chown(path, uid, uid)


def _flush(folder: Path) -> None:
    """Flush the names in a folder to the disk: fsync of a file leaves them out (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
