"""Reading what a stream stores: all of it, in order, whatever its publishers send."""

import asyncio
from dataclasses import replace

import pytest

from services.shared.bus import stored_messages
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.stored_messages import StoredMessage, read_all, read_last
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.subjects import AI_STOPS, AI_TEXT, stop_key_subject, text_subject
from tests.integration.bus.test_bus import until_connected
from tests.support.outages import Outage

SUBJECT = text_subject(7)
FORGED: list[dict[str, str]] = [
    {"Status": "204"},
    {"Status": "404"},
    {"Status": "503"},
    {"Nats-Sequence": "77"},
    {"Nats-Sequence": "none"},
    {"Nats-Num-Pending": "0"},
    {"Description": "EOB", "Status": "204", "Nats-Num-Pending": "0"},
]


async def _publish(bus: Bus, *payloads: bytes, subject: str = SUBJECT) -> None:
    async with asyncio.TaskGroup() as tasks:
        for payload in payloads:
            tasks.create_task(bus.publish(subject, payload, payload.decode()))


def _payloads(stored: list[StoredMessage]) -> list[bytes]:
    return [message.payload for message in stored]


async def test_a_subject_without_messages_has_none(ai_bus: Bus) -> None:
    assert await read_all(ai_bus, AI_TEXT, SUBJECT) == []
    assert await read_last(ai_bus, AI_TEXT, SUBJECT) is None
    assert await read_last(ai_bus, AI_STOPS, stop_key_subject(7)) is None


async def test_the_messages_of_one_subject_are_read_in_order(ai_bus: Bus) -> None:
    for number in range(4):
        await _publish(ai_bus, b"%d" % number)
        await _publish(ai_bus, b"other %d" % number, subject=text_subject(70))
    stored = await read_all(ai_bus, AI_TEXT, SUBJECT)
    assert _payloads(stored) == [b"0", b"1", b"2", b"3"]
    assert [message.sequence for message in stored] == [1, 3, 5, 7]
    assert [message.headers["Nats-Msg-Id"] for message in stored] == ["0", "1", "2", "3"]
    last = await read_last(ai_bus, AI_TEXT, SUBJECT)
    assert last is not None
    assert (last.payload, last.sequence) == (b"3", 7)


async def test_any_number_of_batches_is_read_to_its_end(
    ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_messages, "BATCH_MESSAGES", 5)
    for count in range(1, 12):
        await _publish(ai_bus, b"%d" % count)
        stored = await read_all(ai_bus, AI_TEXT, SUBJECT)
        assert _payloads(stored) == [b"%d" % number for number in range(1, count + 1)]


async def test_more_messages_than_a_batch_holds_are_read_in_order(ai_bus: Bus) -> None:
    payloads = [b"%d" % number for number in range(stored_messages.BATCH_MESSAGES + 1)]
    await _publish(ai_bus, *payloads)
    stored = await read_all(ai_bus, AI_TEXT, SUBJECT)
    assert sorted(_payloads(stored)) == sorted(payloads)
    assert [message.sequence for message in stored] == list(range(1, len(payloads) + 1))


async def test_headers_of_a_publisher_are_not_taken_for_the_servers(ai_bus: Bus) -> None:
    for number, forged in enumerate(FORGED, 1):
        payload = b"x" * (number - 1)  # an empty one is a message, too
        await ai_bus.jetstream.publish(SUBJECT, payload, headers=forged)
        last = await read_last(ai_bus, AI_TEXT, SUBJECT)
        assert last is not None
        assert (last.payload, last.sequence) == (payload, number), forged
    stored = await read_all(ai_bus, AI_TEXT, SUBJECT)
    assert [message.sequence for message in stored] == list(range(1, len(FORGED) + 1))


async def test_a_missing_stream_cannot_be_read(ai_bus: Bus, web_bus: Bus) -> None:
    await web_bus.jetstream.delete_stream(AI_TEXT)
    with pytest.raises(BusAwayError):
        await read_last(ai_bus, AI_TEXT, SUBJECT)
    with pytest.raises(BusAwayError):
        await read_all(ai_bus, AI_TEXT, SUBJECT)


async def test_a_server_that_is_away_is_reported(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_messages, "ANSWER_SECONDS", 0.2)
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        impatient = replace(bus, jetstream=bus.client.jetstream(timeout=0.2))
        outage.begin()
        await until_connected(bus, expected=False)
        for read in (read_last, read_all):
            with pytest.raises(BusAwayError):
                await read(impatient, AI_TEXT, SUBJECT)
