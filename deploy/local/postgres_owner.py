"""The user who runs PostgreSQL: it refuses to run as root, so root chooses another user."""

import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process import StartError

_CANDIDATES = ("postgres", "nobody", "daemon")
_PASS = stat.S_IXOTH
_READ = stat.S_IROTH


@dataclass(frozen=True, slots=True)
class Owner:
    """The user and group to switch to; None and None for those of the launcher."""

    uid: int | None = None
    gid: int | None = None


def find_owner(folder: Path) -> Owner:
    """Return the owner of the cluster in `folder`, or the future owner of a new one."""
    if os.geteuid() != 0:
        return Owner()
    for entry in _entries(folder):
        if entry.pw_uid != 0:
            return Owner(entry.pw_uid, entry.pw_gid)
    raise StartError(
        "PostgreSQL does not run as root, and this machine has no user postgres or nobody.\n"
        "Add one (useradd --system postgres), run as an ordinary user, or set DATABASE_URL."
    )


def hand_over(path: Path, owner: Owner) -> None:
    """Give `path` to the owner."""
    if owner.uid is not None and owner.gid is not None:
        os.chown(path, owner.uid, owner.gid)


def open_the_way(owner: Owner, *paths: Path) -> list[Path]:
    """Let the owner traverse, not read, the folders above `paths`; return the changed folders."""
    if owner.uid is None:
        return []
    above = {parent: None for path in paths for parent in path.parents}
    return [parent for parent in above if _allow(parent, _PASS)]


def open_for_reading(owner: Owner, programs: Path) -> None:
    """Let the owner read and run all files under `programs`, for any umask of root."""
    if owner.uid is None:
        return
    for path in (programs, *programs.rglob("*")):
        if not path.is_symlink():
            runnable = path.is_dir() or bool(path.stat().st_mode & stat.S_IXUSR)
            _allow(path, _READ | _PASS if runnable else _READ)


def _entries(folder: Path) -> Iterator[pwd.struct_passwd]:
    known = {entry.pw_uid: entry for entry in pwd.getpwall()}
    named = {entry.pw_name: entry for entry in known.values()}
    if folder.exists() and folder.stat().st_uid in known:
        yield known[folder.stat().st_uid]
    yield from (named[name] for name in _CANDIDATES if name in named)


def _allow(path: Path, rights: int) -> bool:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & rights == rights:
        return False
    path.chmod(mode | rights)
    return True
