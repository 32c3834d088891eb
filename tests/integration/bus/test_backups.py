"""A backup of the whole bus: what it restores, and what it refuses."""

import asyncio
import io
import json
import tarfile
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random
from typing import override

import nats.js.errors
import pytest

from services.shared.bus.connection import Bus
from services.shared.bus.position import read_bounds
from services.shared.bus.snapshots.protocol import SnapshotError
from services.shared.bus.streams import STREAMS
from services.shared.bus.subjects import AI_MODELS, CONTROL, TURBO_STREAM
from services.web.backup.archive import ArchiveError
from services.web.backup.bus import (
    BACKED_UP,
    OccupiedError,
    restore_bus,
    snapshot_bus,
    verify_archive,
)

SCHEMA = "0008"
type Change = Callable[[list[tuple[str, bytes]]], object]
type Wrong = Callable[[bytes], bytes]


async def backed_up(bus: Bus) -> bytes:
    target = io.BytesIO()
    await snapshot_bus(bus, target, schema_version=SCHEMA)
    return target.getvalue()


async def restored(bus: Bus, backup: bytes, *, replace: bool = False) -> None:
    await restore_bus(bus, io.BytesIO(backup), schema_version=SCHEMA, replace=replace)


async def fill(bus: Bus, ai_bus: Bus, size: int = 20_000) -> None:
    random = Random(3)  # noqa: S311 - the same bytes every time
    for number in range(1, 101):
        await ai_bus.publish(f"ai.text.{number}", random.randbytes(size), f"text-{number}")
    await bus.publish("ai.jobs.1", b"job", "job-1")
    await ai_bus.publish("ai.results.1", b"result", "result-1")
    await ai_bus.publish("ai.parked.1", b"parked", "parked-1")
    await ai_bus.publish("ai.suspects.1.1", b"suspect", "suspect-1")
    await bus.publish("$KV.ai_stops.1", b"stop", "stop-1")


async def counts(bus: Bus) -> dict[str, tuple[int, int]]:
    """Return how many messages each stream has, and the number of its last."""
    streams = await bus.jetstream.streams_info()
    return {
        each.config.name or "": (each.state.messages, each.state.last_seq)
        for each in streams
        if each.config.name not in {TURBO_STREAM, CONTROL, AI_MODELS}
    }


async def names(bus: Bus) -> set[str | None]:
    return {each.config.name for each in await bus.jetstream.streams_info()}


def changed(backup: bytes, change: Change) -> bytes:
    """Write an archive again with other members."""
    with tarfile.open(fileobj=io.BytesIO(backup)) as tar:
        members = [(each.name, _data(tar, each)) for each in tar]
    change(members)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return written.getvalue()


def _data(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(info)
    assert file is not None
    return file.read()


def with_header(backup: bytes, **fields: object) -> bytes:
    def change(members: list[tuple[str, bytes]]) -> None:
        name, data = members[0]
        members[0] = (name, json.dumps({**json.loads(data), **fields}).encode())

    return changed(backup, change)


def test_every_stream_is_backed_up_except_those_of_what_does_not_last() -> None:
    declared = {stream.name for stream in STREAMS}
    # A token that was revoked expires; what ai says of its models it says again.
    assert declared == {*BACKED_UP, TURBO_STREAM, CONTROL, AI_MODELS}


async def test_everything_comes_back_and_nothing_is_deleted_unasked(
    web_bus: Bus, ai_bus: Bus
) -> None:
    await fill(web_bus, ai_bus)
    before = await counts(web_bus)
    assert len(before) == len(BACKED_UP)
    assert {messages for messages, _ in before.values()} == {1, 100}
    backup = await backed_up(web_bus)
    await ai_bus.publish("ai.text.7", b"later", "later")
    await web_bus.publish("ai.jobs.2", b"later", "later")
    later = await counts(web_bus)
    with pytest.raises(OccupiedError, match="AI_TEXT, AI_JOBS"):
        await restored(web_bus, backup)
    assert await counts(web_bus) == later
    older = with_header(backup, schema_version="0001")
    verify_archive(io.BytesIO(older), schema_version=SCHEMA)
    for accepted in (backup, older):
        await restored(web_bus, accepted, replace=True)
        assert await counts(web_bus) == before
    for stream in STREAMS:
        await web_bus.jetstream.delete_stream(stream.name or "")
    await restored(web_bus, backup)
    assert await counts(web_bus) == before
    assert TURBO_STREAM in await names(web_bus)


async def test_pages_from_before_have_to_load_again(web_bus: Bus) -> None:
    await web_bus.publish("turbo_stream.chat_1", b"x", "x")
    before = await read_bounds(web_bus.client)
    await restored(web_bus, await backed_up(web_bus))
    after = await read_bounds(web_bus.client)
    assert after.epoch != before.epoch
    assert after.last_sequence == 0


async def test_an_archive_is_read_by_any_tar(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(web_bus, ai_bus, size=100_000)
    with tarfile.open(fileobj=io.BytesIO(await backed_up(web_bus))) as tar:
        found = tar.getnames()
    assert found[0] == "natter-bus.json"
    assert found[-1] == "end.json"
    # Ten megabytes that no compression makes smaller, in parts.
    assert [name for name in found if name.startswith("AI_TEXT/0")] == [
        f"AI_TEXT/0000000{number}" for number in (1, 2, 3)
    ]


REFUSED_AT_ONCE: dict[str, tuple[Wrong, str]] = {
    "empty": (lambda _: b"", "no backup of a bus"),
    "text": (lambda _: b"something else" * 1000, "no backup of a bus"),
    "zeros": (lambda _: bytes(20_000), "cut off|no backup"),
    "other tar": (lambda backup: changed(backup, lambda members: members.pop(0)), "no backup"),
    "newer format": (lambda backup: with_header(backup, format=2), "format"),
    "other kind": (lambda backup: with_header(backup, kind="natter-x"), "no backup of a bus"),
    "newer schema": (lambda backup: with_header(backup, schema_version="0009"), "newer Natter"),
    "unknown stream": (lambda backup: with_header(backup, streams=["MINE"]), "MINE"),
}


async def test_a_file_that_is_not_a_backup_for_this_version_changes_nothing(
    web_bus: Bus, ai_bus: Bus
) -> None:
    backup = await backed_up(web_bus)
    await fill(web_bus, ai_bus)
    before = await counts(web_bus)
    for change, reason in REFUSED_AT_ONCE.values():
        wrong = change(backup)
        with pytest.raises(ArchiveError, match=reason):
            await restored(web_bus, wrong, replace=True)
        assert await counts(web_bus) == before
        with pytest.raises(ArchiveError, match=reason):
            verify_archive(io.BytesIO(wrong), schema_version=SCHEMA)


FOREIGN = {
    "pax header": tarfile.XHDTYPE,
    "global pax header": tarfile.XGLTYPE,
    "pax header of Solaris": tarfile.SOLARIS_XHDTYPE,
    "long name": tarfile.GNUTYPE_LONGNAME,
    "long link": tarfile.GNUTYPE_LONGLINK,
    "sparse file": tarfile.GNUTYPE_SPARSE,
    "folder": tarfile.DIRTYPE,
    "link": tarfile.SYMTYPE,
    "device": tarfile.CHRTYPE,
}


async def test_any_other_member_than_a_file_is_refused_without_reading_it(web_bus: Bus) -> None:
    backup = await backed_up(web_bus)
    with tarfile.open(fileobj=io.BytesIO(backup)) as tar:
        second = tar.getmembers()[1].offset
    headers = [_header(kind, 400 * 1024 * 1024) for kind in FOREIGN.values()]
    # A size that no part has is refused as well.
    headers += [_header(tarfile.REGTYPE, size) for size in (-512, 400 * 1024 * 1024)]
    for place, header in product((0, second), headers):
        read = FirstBlocks(backup[:place] + header)
        with pytest.raises(ArchiveError, match="none of its parts"):
            verify_archive(read, schema_version=SCHEMA)


class FirstBlocks(io.BytesIO):
    """The first bytes, then zeros; reading more than a megabyte of these fails."""

    def __init__(self, begun: bytes) -> None:
        super().__init__(begun + bytes(1024 * 1024))

    @override
    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        assert data, "the content of a foreign member is read"
        return data


def _header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("natter-bus.json")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


async def test_a_damaged_backup_leaves_no_stream(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(web_bus, ai_bus)
    backup = await backed_up(web_bus)
    with tarfile.open(fileobj=io.BytesIO(backup)) as tar:
        ends = [member.offset for member in tar][1:]
    cuts = [*(int(len(backup) * share) for share in (0.2, 0.5, 0.99)), *ends]
    changes: tuple[Change, ...] = (list.pop, _flip_a_bit, _double_a_stream)
    for damaged in (*(backup[:end] for end in cuts), *(changed(backup, each) for each in changes)):
        await _leaves_nothing(web_bus, damaged)


def _flip_a_bit(members: list[tuple[str, bytes]]) -> None:
    for place, (name, data) in enumerate(members):
        if name == "AI_JOBS/00000001":
            half = len(data) // 2
            members[place] = (name, data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :])


def _double_a_stream(members: list[tuple[str, bytes]]) -> None:
    members[-1:-1] = [member for member in members if member[0].startswith("AI_JOBS/")]


async def _leaves_nothing(bus: Bus, backup: bytes) -> None:
    with pytest.raises(ArchiveError):
        verify_archive(io.BytesIO(backup), schema_version=SCHEMA)
    with pytest.raises((ArchiveError, SnapshotError)):
        await restored(bus, backup, replace=True)
    assert await names(bus) == set()


async def test_a_full_disk_is_reported(web_bus: Bus, ai_bus: Bus) -> None:
    await fill(web_bus, ai_bus)
    full = await asyncio.to_thread(Path("/dev/full").open, "wb", 0)
    with full, pytest.raises(OSError, match="No space left"):
        await snapshot_bus(web_bus, full, schema_version=SCHEMA)


async def test_a_missing_stream_is_reported(web_bus: Bus) -> None:
    await web_bus.jetstream.delete_stream("AI_PARKED")
    with pytest.raises(SnapshotError, match="stream not found"):
        await backed_up(web_bus)
    with pytest.raises(nats.js.errors.NotFoundError):
        await web_bus.jetstream.stream_info("AI_PARKED")
