"""Generates the code for the first administrator's account once, and stores it."""

import re
import secrets
from pathlib import Path

from deploy.local.private_files import make_private_folder, read_private, write_private

FILE = "setup_code.txt"
_CODE = re.compile(r"[0-9a-f]{32}")


def load_setup_code(folder: Path) -> str:
    """Return the code in `folder`; generate one if there is none."""
    make_private_folder(folder)
    path = folder / FILE
    try:
        if found := _CODE.fullmatch(read_private(path).strip()):
            return found[0]
    except (FileNotFoundError, ValueError):
        pass
    code = secrets.token_hex(16)
    write_private(path, f"{code}\n")
    return code
