"""Settings in files: `NAME_FILE` is the path of a file that holds the value of `NAME`."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pydantic_settings import SettingsError

from services.shared.process.masking import mask_keys, one_line

SUFFIX: Final = "_FILE"
MOST_BYTES: Final = 1024 * 1024

type Environment = Mapping[str, str | None]


class SettingFileError(SettingsError):
    """Files that cannot be read; each fault is the name of a variable and a sentence."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read_files(names: Iterable[str], environment: Environment) -> dict[str, str]:
    """Return the values of `names` whose files `environment` names, without the empty ones.

    Raises `SettingFileError` with every fault.
    """
    values: dict[str, str] = {}
    faults: list[str] = []
    for name in names:
        path = environment.get(name + SUFFIX)
        if not path:
            continue
        try:
            values[name] = _value(name, path, environment)
        except ValueError as fault:
            faults.append(f"{name}{SUFFIX}: {fault}")
    if faults:
        raise SettingFileError(faults)
    return {name: value for name, value in values.items() if value}


def given_by(name: str, environment: Environment) -> str:
    """Return the variable that sets `name` in `environment`: `NAME`, or `NAME_FILE (the path)`."""
    path = None if environment.get(name) else environment.get(name + SUFFIX)
    return f"{name}{SUFFIX} ({shown_path(path)})" if path else name


def shown_path(path: str) -> str:
    """Return a path on one line; a text that is no path may be a secret, and is hidden."""
    return mask_keys(one_line(path)) if looks_like_path(path) else "the path it holds"


def looks_like_path(path: str) -> bool:
    """Return whether this is a path, and not the value itself: a relative path must exist."""
    return path.startswith("/") or os.path.exists(path)  # noqa: PTH110 - Path.exists raises on a long name


def _value(name: str, path: str, environment: Environment) -> str:
    """Read a value from its file; raise ValueError with a sentence if that fails."""
    try:
        data = _read(path)
    except OSError as error:
        raise ValueError(f"{shown_path(path)} cannot be read ({error.strerror})") from error
    if len(data) > MOST_BYTES:
        raise ValueError(f"{shown_path(path)} is larger than 1 MB")
    try:
        text = _text(data)
    except UnicodeError as error:
        raise ValueError(f"{shown_path(path)} is no text in UTF-8") from error
    if text and environment.get(name):
        raise ValueError(f"{name} is set, too: only one of them can count")
    return text


def _text(data: bytes) -> str:
    """Decode a value without final line ends; a single line also loses its final blanks."""
    if b"\0" in data:
        raise UnicodeError("an environment variable cannot hold a NUL either")
    text = data.decode("utf-8-sig")
    line = text.rstrip(" \t\r\n")
    return text.rstrip("\r\n") if "\n" in line else line


def _read(path: str) -> bytes:
    """Read a regular file, up to one byte more than allowed; never wait for data or a lock."""
    if "\0" in path:
        raise ValueError("the path it holds has a NUL in it")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"{shown_path(path)} is no regular file")
        return _read_whole(descriptor)
    finally:
        os.close(descriptor)


def _read_whole(descriptor: int) -> bytes:
    data = bytearray()
    while part := os.read(descriptor, MOST_BYTES + 1 - len(data)):
        data += part
    return bytes(data)
