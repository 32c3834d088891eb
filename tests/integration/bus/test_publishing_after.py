"""Publishing after a certain message only: of two writers, the late one is refused."""

import asyncio

import pytest

from services.shared.bus import publishing
from services.shared.bus.connection import Bus
from services.shared.bus.errors import OvertakenError
from services.shared.bus.stored_messages import read_all
from services.shared.bus.subjects import AI_TEXT, text_subject

SUBJECT = text_subject(7)


async def _payloads(bus: Bus, subject: str = SUBJECT) -> list[bytes]:
    return [message.payload for message in await read_all(bus, AI_TEXT, subject)]


async def test_each_message_follows_the_one_before(ai_bus: Bus) -> None:
    last = 0
    for number in range(5):
        last = (await ai_bus.publish_after(last, SUBJECT, b"%d" % number, f"m{number}")).seq
    assert await _payloads(ai_bus) == [b"0", b"1", b"2", b"3", b"4"]


async def test_other_subjects_do_not_count(ai_bus: Bus) -> None:
    first = await ai_bus.publish_after(0, SUBJECT, b"a", "a")
    await ai_bus.publish_after(0, text_subject(8), b"other", "other")
    await ai_bus.publish_after(first.seq, SUBJECT, b"b", "b")
    assert await _payloads(ai_bus) == [b"a", b"b"]
    assert await _payloads(ai_bus, text_subject(8)) == [b"other"]


async def test_after_any_other_message_it_is_refused(
    ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "STALE_SECONDS", 0.1)
    for number in range(2):
        await ai_bus.publish_after(number, SUBJECT, b"%d" % number, f"m{number}")
    for last in (0, 1, 3, 99):
        for rollup in (False, True):
            with pytest.raises(OvertakenError):
                await ai_bus.publish_after(last, SUBJECT, b"x", f"{last}", rollup=rollup)
    assert await _payloads(ai_bus) == [b"0", b"1"]


async def test_of_many_that_publish_at_once_one_is_stored(ai_bus: Bus) -> None:
    async def publish(number: int) -> bool:
        try:
            await ai_bus.publish_after(0, SUBJECT, b"%d" % number, f"m{number}")
        except OvertakenError:
            return False
        return True

    async with asyncio.TaskGroup() as tasks:
        tried = [tasks.create_task(publish(number)) for number in range(20)]
    assert [task.result() for task in tried].count(True) == 1
    assert len(await _payloads(ai_bus)) == 1


async def test_a_rollup_replaces_everything_on_its_subject(ai_bus: Bus) -> None:
    await ai_bus.publish_after(0, text_subject(8), b"other", "other")
    last = 0
    for number in range(5):
        last = (await ai_bus.publish_after(last, SUBJECT, b"%d" % number, f"m{number}")).seq
    await ai_bus.publish_after(last, SUBJECT, b"all", "all", rollup=True)
    assert await _payloads(ai_bus) == [b"all"]
    assert await _payloads(ai_bus, text_subject(8)) == [b"other"]
