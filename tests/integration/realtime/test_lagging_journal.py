"""The gateway's reads of a copy that is behind: right, or asked again, or said to be away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.realtime.nats_reading import journal as module
from services.realtime.nats_reading.direct_get import Stored
from services.realtime.nats_reading.journal import Journal
from services.shared.bus.errors import BusAwayError
from services.shared.bus.subjects import TURBO_STREAM, check_group, turbo_stream_subject
from tests.support.lagging_stream import LaggingStream, lagging

ONE, OTHER, SILENT = (check_group(f"chat_{number}") for number in (1, 2, 3))
PLENTY = 1024 * 1024

type Played = tuple[Journal, LaggingStream]


@pytest_asyncio.fixture
async def played() -> AsyncIterator[Played]:
    """Numbers 1, 2 and 4 are of one group, 3 and 5 of another."""
    async with lagging(TURBO_STREAM) as (bus, stream):
        for group in (ONE, ONE, OTHER, ONE, OTHER):
            stream.store(turbo_stream_subject(group), b"x")
        journal = Journal(bus.client)
        await journal.open()
        yield journal, stream


@pytest.mark.parametrize("copied", range(6))
async def test_heads_count_from_a_copy_that_has_come_far_enough(
    played: Played, copied: int
) -> None:
    journal, stream = played
    stream.copied, stream.catches_up_by = copied, 1
    assert await journal.heads([ONE, OTHER, SILENT]) == {ONE: 4, OTHER: 5}


@pytest.mark.parametrize("copied", range(6))
async def test_a_head_is_right_wherever_the_copy_is(played: Played, copied: int) -> None:
    journal, stream = played
    stream.copied, stream.catches_up_by = copied, 2
    heads = await asyncio.gather(*(journal.head_of(group) for group in (ONE, OTHER, SILENT)))
    assert heads == [4, 5, 0]


@pytest.mark.parametrize("copied", range(5))
async def test_of_a_copy_that_stays_behind_no_head_is_told(
    played: Played, copied: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKS", 3)
    journal, stream = played
    stream.copied = copied
    with pytest.raises(BusAwayError):
        await journal.heads([ONE, SILENT])


async def test_that_a_group_has_nothing_is_believed_of_a_copy_that_has_everything(
    played: Played,
) -> None:
    journal, stream = played
    stream.copied = 5
    assert await journal.heads([SILENT]) == {}


@pytest.mark.parametrize("copied", range(6))
async def test_what_is_known_to_be_there_is_read_from_the_leader(
    played: Played, copied: int
) -> None:
    journal, stream = played
    stream.copied = copied
    whole = [Stored(number, ONE, b"x") for number in (1, 2, 4)]
    assert await journal.read(ONE, 0, limit=PLENTY, reach=4) == whole
    assert await journal.read(ONE, 2, limit=PLENTY, reach=4) == whole[2:]
    assert await journal.read(ONE, 0, limit=2, reach=4) is None


async def test_a_copy_that_reaches_far_enough_is_asked_alone(played: Played) -> None:
    journal, stream = played
    stream.copied = 4
    await journal.read(ONE, 0, limit=PLENTY, reach=4)
    assert stream.asked["leader"] == 0
