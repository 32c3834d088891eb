"""Checks that the disk has enough free space."""

import shutil

from deploy.local.process import StartError
from deploy.local.settings import LocalSettings

MEGABYTE = 1 << 20
# A new database takes 40 MB and 16 MB of log; an existing one begins another log segment.
NEW_DATABASE = 80 * MEGABYTE
ANYTHING = 16 * MEGABYTE


def check_disk_space(settings: LocalSettings) -> None:
    """Raise StartError if the data folder, which exists, has too little free space."""
    is_new = settings.database_url is None and not (settings.data_dir / "postgres").exists()
    needed = NEW_DATABASE if is_new else ANYTHING
    free = shutil.disk_usage(settings.data_dir).free
    if free < needed:
        raise StartError(
            f"Natter needs {needed // MEGABYTE} MB here, and {free // MEGABYTE} MB are free in"
            f" {settings.data_dir}: make room, or name another folder: NATTER_DATA_DIR=… make run"
        )
