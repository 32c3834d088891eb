"""Publishing after a certain message only: of two writers, the late one is refused."""

import asyncio

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus import acks, publishing
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import MessageTooLargeError, OvertakenError
from services.shared.bus.stored_messages import read_all
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import AI_TEXT, text_subject
from tests.support.outages import Outage
from tests.support.waiting import until

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


async def test_a_message_whose_ack_was_lost_is_stored_once_and_reported_as_overtaken(
    nats_server: NatsServer, web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for an ack is so short that it always ends before the ack comes."""
    monkeypatch.setattr(acks, "ACK_SECONDS", 0.000_001)
    monkeypatch.setattr(publishing, "RETRY_SECONDS", 0.01)
    async with open_bus(nats_server.url("ai"), name="test-impatient") as bus:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(_is_late(bus))

            async def is_stored() -> bool:
                return bool(await _payloads(web_bus))

            await until(is_stored)
            monkeypatch.setattr(acks, "ACK_SECONDS", 2.0)
        assert sending.result()
    assert await _payloads(web_bus) == [b"once"]


async def _is_late(bus: Bus) -> bool:
    try:
        await bus.publish_after(0, SUBJECT, b"once", "once")
    except OvertakenError:
        return True
    return False


async def test_a_message_that_is_too_large_with_its_headers_is_not_sent(
    ai_bus: Bus,
) -> None:
    with pytest.raises(MessageTooLargeError):
        await ai_bus.publish_after(0, SUBJECT, b"x" * ai_bus.max_payload, "large")
    await ai_bus.publish_after(0, SUBJECT, b"small", "small")
    assert await _payloads(ai_bus) == [b"small"]


async def test_an_outage_is_waited_for(outage: Outage) -> None:
    async with open_bus(outage.server.url("web"), name="test-web") as web:
        await declare_streams(web.jetstream)
        async with open_bus(outage.server.url("ai"), name="test-ai") as bus:
            last = (await bus.publish_after(0, SUBJECT, b"before", "before")).seq
            outage.begin()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(bus.publish_after(last, SUBJECT, b"after", "after"))
                await asyncio.sleep(0)
                outage.end()
            assert await _payloads(bus) == [b"before", b"after"]
