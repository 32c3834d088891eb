"""The data folder: what is refused, with one sentence and the remedy; what works all the same."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.data_folder import LONGEST, prepare_data_folder
from deploy.local.disk_space import check_disk_space
from deploy.local.nats_server import running_nats
from deploy.local.postgres import running_postgres
from deploy.local.process import StartError
from deploy.local.settings import LocalSettings
from services.shared.bus.connection import open_bus
from services.shared.bus.stream_management import declare_streams
from tests.integration.local.ordinary_user import home, needs_root, ordinary_user
from tests.integration.local.surroundings import steer
from tests.support.nats import patient

__all__ = ["home"]
ELSEWHERE = "name another folder: NATTER_DATA_DIR=… make run"
ODD = 'it\'s "a" $HOME, %s \\ ünï 漢 \n x '


def _refusal(folder: Path) -> str:
    with ordinary_user(), pytest.raises(StartError) as caught:
        prepare_data_folder(folder)
    return str(caught.value)


def test_the_root_of_all_is_refused() -> None:
    assert _refusal(Path("/")) == "NATTER_DATA_DIR is /: give Natter a folder of its own there."


def test_a_file_in_its_place_or_above_is_named(home: Path) -> None:
    (home / "file").touch()
    for folder in (home / "file", home / "file" / "data"):
        assert _refusal(folder) == f"{home}/file is no folder: {ELSEWHERE}"


def test_where_nothing_may_be_made_another_folder_is_asked_for(home: Path) -> None:
    home.chmod(0o500)
    refused = f"{home}/data cannot be made (Permission denied): {ELSEWHERE}"
    assert _refusal(home / "data") == refused


def test_nobody_is_told_to_take_over_what_is_not_natters(home: Path) -> None:
    home.chmod(0o500)
    assert _refusal(home) == f"You may not write in {home}: {ELSEWHERE}"


def test_natters_own_folder_may_be_opened_again(home: Path) -> None:
    data = home / "my data"
    with ordinary_user():
        prepare_data_folder(data)
        (data / "run.lock").touch()
        data.chmod(0o500)
    assert _refusal(data) == (
        f"You may not write in {data}: allow it (chmod -R u+rwX '{data}'), or {ELSEWHERE}"
    )


@needs_root
def test_what_was_made_by_root_is_to_be_taken_over(home: Path) -> None:
    (home / "postgres").mkdir(mode=0o700)
    assert _refusal(home) == (
        f"You may not write in {home}/postgres: take it over from root"
        f" (sudo chown -R nobody {home}), or {ELSEWHERE}"
    )


def test_a_path_that_postgresql_could_not_take_is_refused(home: Path) -> None:
    deep = home.joinpath(*["x" * 99] * (LONGEST // 100 + 1))
    assert _refusal(deep).startswith("The path of the data folder is too long for PostgreSQL:")
    assert not (home / ("x" * 99)).exists()
    assert "cannot be made (File name too long)" in _refusal(home / ("x" * 300))


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    mount = ("mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder)
    unmount = ("umount", folder)
    mounted = subprocess.run(mount, check=False, capture_output=True, text=True)
    if "permission denied" in mounted.stderr:
        pytest.skip("in this container root may not mount")
    mounted.check_returncode()
    try:
        yield
    finally:
        subprocess.run(unmount, check=True)


@needs_root
def test_a_read_only_file_system_is_named(home: Path) -> None:
    with _mounted(home, "ro"):
        assert _refusal(home) == f"{home} is on a read-only file system: {ELSEWHERE}"
        assert "cannot be made (Read-only file system)" in _refusal(home / "data")


@needs_root
def test_too_little_room_is_said_before_anything_is_made(home: Path) -> None:
    with _mounted(home, "size=20m"):
        settings = LocalSettings(data_dir=home)
        with pytest.raises(StartError, match="needs 80 MB here, and 20 MB are free in "):
            check_disk_space(settings)
        (home / "postgres").mkdir()
        check_disk_space(settings)
        (home / "fill").write_bytes(bytes(5 << 20))
        with pytest.raises(StartError, match="needs 16 MB here, and 15 MB are free in "):
            check_disk_space(settings)


@needs_root
async def test_streams_need_no_more_room_than_they_take(home: Path) -> None:
    with _mounted(home, "size=20m"), running_nats(home / "nats") as nats:
        async with open_bus(nats.url("web"), name="test") as bus:
            await declare_streams(patient(bus).jetstream)


@pytest.mark.parametrize("name", ["dangling", "dangling/data", "loop"])
def test_a_link_to_nowhere_is_no_place_for_data(
    monkeypatch: pytest.MonkeyPatch, home: Path, name: str
) -> None:
    (home / "dangling").symlink_to(home / "unmounted")
    (home / "loop").symlink_to(home / "loop")
    steer(monkeypatch, NATTER_DATA_DIR=str(home / name))
    _, (fault,) = LocalSettings.read()
    assert fault.startswith(f"NATTER_DATA_DIR: {home / name.partition('/')[0]} is a symbolic link")
    assert not (home / "unmounted").exists()


def test_a_home_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    steer(monkeypatch, NATTER_DATA_DIR="~nobody-of-this-name/data")
    _, faults = LocalSettings.read()
    assert faults == ["NATTER_DATA_DIR: there is no home folder for ~nobody-of-this-name"]


def test_an_odd_path_as_long_as_can_be_works(tmp_path: Path) -> None:
    folder = tmp_path / ODD
    missing = LONGEST - len(os.fsencode(folder))
    folder = folder.joinpath(*["x" * 49] * (missing // 50), "y" * (missing % 50 - 1))
    prepare_data_folder(folder)
    with running_postgres(folder / "postgres", durable=False) as server:
        server.create_database("natter")
    with running_nats(folder / "nats") as nats:
        assert nats.port
