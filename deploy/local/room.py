"""Checks that the disk has enough free space."""

import shutil

from deploy.local.process import StartError
from deploy.local.settings import LocalSettings

MEGABYTE = 1 << 20
# The empty database takes 40 MB, its log 16; one that is there begins another segment of that.
NEW_DATABASE = 80 * MEGABYTE
ANYTHING = 16 * MEGABYTE


def check_room(settings: LocalSettings) -> None:
    """Raise StartError where the data folder, which exists, has too little free space."""
    is_new = settings.database_url is None and not (settings.data_dir / "postgres").exists()
    needed = NEW_DATABASE if is_new else ANYTHING
    free = shutil.disk_usage(settings.data_dir).free
    if free < needed:
        raise StartError(
            f"Natter needs {needed // MEGABYTE} MB here, and {free // MEGABYTE} MB are free in"
            f" {settings.data_dir}: make room, or name another folder: NATTER_DATA_DIR=… make run"
        )
