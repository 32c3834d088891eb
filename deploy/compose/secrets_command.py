"""The one-shot service `secrets`: creates missing secrets, and changes them on request.

It runs as root in a container of its own. Below /secrets it has a volume for each reader, below
/volumes those that hold data.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from deploy.compose.given_secret import read_given
from deploy.compose.secret_files import (
    GIVEN,
    NATTER_UID,
    POSTGRES_UID,
    READERS,
    complete,
    forget_old_stream_keys,
    rotate,
    write,
)
from deploy.compose.secret_store import ROOT, SecretFileError, Store

ROTATED: Final = ("postgres", "nats", "stream_keys")
USAGE: Final = f"""\
usage: secrets                          make what is missing
       secrets set NAME < FILE          take over a secret of yours; an empty one is none
                                NAME is one of {", ".join(GIVEN)}
       secrets rotate NAME              make {", ".join(ROTATED)} anew: rotate.sh does the rest, too
       secrets forget-old-stream-keys   keep the newest one alone"""


def main(arguments: Sequence[str], root: Path = Path("/"), given: BinaryIO | None = None) -> str:
    """Run the command in the arguments; return what is wrong with them or the stored secrets."""
    store = Store(root / "secrets", READERS)
    try:
        with store.locked():
            written = obey(arguments, store, root, given or sys.stdin.buffer)
            if written is None:
                return USAGE
            written += complete(store)
    except SecretFileError as error:
        return str(error)
    print(f"written: {', '.join(written)}" if written else "nothing was missing")
    return ""


def obey(arguments: Sequence[str], store: Store, root: Path, given: BinaryIO) -> list[str] | None:
    """Run the command; return the names of the changed files, None for unknown arguments."""
    match arguments:
        case []:
            return hand_over_volumes(root / "volumes")
        case ["set", name] if name in GIVEN:
            return write(store, {GIVEN[name]: read_given(given, name)})
        case ["rotate", what] if what in ROTATED:
            return rotate(store, what)
        case ["forget-old-stream-keys"]:
            return forget_old_stream_keys(store)
        case _:
            return None


def hand_over_volumes(volumes: Path) -> list[str]:
    """Make each volume of data belong to the user who writes it; return those that changed."""
    changed = []
    for folder in sorted(volumes.iterdir()) if os.geteuid() == ROOT else ():
        uid = POSTGRES_UID if folder.name == "postgres" else NATTER_UID
        if folder.stat().st_uid != uid:
            os.chown(folder, uid, uid)
            changed.append(f"the owner of {folder.name}")
    return changed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or None)
