"""Creates the data folder, or refuses it with a sentence that tells what to do."""

import os
import pwd
import shlex
from pathlib import Path

from deploy.local.private_files import make_private_folder
from deploy.local.process import StartError

# The entries that Natter makes in it.
_KEPT = (
    "postgres",
    "nats",
    "database.env",
    "publisher.env",
    "operator.env",
    "setup_code.txt",
    "stream_keys.json",
    "run.lock",
)
# PostgreSQL's paths end at 1,023 bytes (MAXPGPATH), those of the files in its folder too.
LONGEST = 900
_ELSEWHERE = "name another folder: NATTER_DATA_DIR=… make run"


def absolute_folder(folder: Path) -> Path:
    """Resolve `folder`; raises ValueError if a link in its path leads nowhere."""
    try:
        path = folder.expanduser().absolute()
    except RuntimeError as error:  # as pathlib has it
        raise ValueError(f"there is no home folder for {folder.parts[0]}") from error
    for part in (path, *path.parents):
        # A new folder at the link's target would hide the chats of a disk that is not mounted now.
        if os.path.islink(part) and not _is_there(part):  # noqa: PTH114 - as below
            raise ValueError(
                f"{part} is a symbolic link to {part.readlink()}, where nothing is:"
                " mount or create that, or name another folder"
            )
    return path.resolve()


def prepare_data_folder(folder: Path) -> None:
    """Create `folder` unless it exists; raises StartError if Natter cannot keep its data in it."""
    if folder == Path(folder.anchor):
        raise StartError(f"NATTER_DATA_DIR is {folder}: give Natter a folder of its own there.")
    if len(os.fsencode(folder)) > LONGEST:
        raise StartError(
            "The path of the data folder is too long for PostgreSQL:"
            f" give NATTER_DATA_DIR one of {LONGEST} bytes or fewer."
        )
    try:
        make_private_folder(folder)
    except (FileExistsError, NotADirectoryError) as error:
        raise StartError(f"{_first_there(folder)} is no folder: {_ELSEWHERE}") from error
    except OSError as error:
        raise StartError(f"{folder} cannot be made ({error.strerror}): {_ELSEWHERE}") from error
    own = [folder / name for name in _KEPT if _is_there(folder / name)]
    for path in (folder, *own):
        _check_rights(path, folder if own else None)


def _check_rights(path: Path, natters: Path | None) -> None:
    """Raise StartError unless we may read and write `path`; `natters` is a folder of Natter's."""
    if os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)):
        return
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise StartError(f"{path} is on a read-only file system: {_ELSEWHERE}")
    if natters is None:
        raise StartError(f"You may not write in {path}: {_ELSEWHERE}")
    owner, we = _name(path.stat().st_uid), _name(os.geteuid())
    if owner == we:
        remedy = f"allow it (chmod -R u+rwX {shlex.quote(str(natters))})"
    else:
        remedy = f"take it over from {owner} (sudo chown -R {we} {shlex.quote(str(natters))})"
    raise StartError(f"You may not write in {path}: {remedy}, or {_ELSEWHERE}")


def _first_there(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if _is_there(one))


def _is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises without permission


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
