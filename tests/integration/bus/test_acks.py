"""Acks of a real server: each publication gets its own, or the reason why there is none."""

import asyncio
import gc

import nats.errors
import pytest
from nats.aio.msg import Msg
from nats.js.api import Header

from services.shared.bus import acks
from services.shared.bus.acks import size_of_headers
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import PublishRefusedError
from services.shared.bus.publishing import WRONG_LAST_SEQUENCE
from services.shared.bus.stream_management import declare_streams
from tests.integration.bus.test_bus import until_connected
from tests.support.nats import until_read
from tests.support.outages import Outage
from tests.support.waiting import DEADLINE_SECONDS

SUBJECT = "turbo_stream.chat_1"


def named(message_id: str, **more: str) -> dict[str, str]:
    return {Header.MSG_ID.value: message_id, **{Header[k].value: v for k, v in more.items()}}


async def test_each_publication_gets_its_own_ack(web_bus: Bus) -> None:
    ids = ["a", "b", "a", "c"]
    stored = await asyncio.gather(
        *(web_bus.acks.publish(SUBJECT, named(each), each.encode()) for each in ids)
    )
    assert [(ack.stream, ack.seq, ack.duplicate) for ack in stored] == [
        ("TURBO_STREAM", 1, False),
        ("TURBO_STREAM", 2, False),
        ("TURBO_STREAM", 1, True),
        ("TURBO_STREAM", 3, False),
    ]


async def test_a_message_is_stored_unchanged(web_bus: Bus) -> None:
    payload = "<p>ä\r\n</p>".encode()
    await web_bus.acks.publish(SUBJECT, named("a: b"), payload)
    found = await web_bus.jetstream.get_msg("TURBO_STREAM", seq=1)
    assert (found.data, (found.headers or {})[Header.MSG_ID.value]) == (payload, "a: b")


async def test_a_refusal_has_its_reason(web_bus: Bus) -> None:
    await web_bus.acks.publish(SUBJECT, named("a"), b"a")
    late = named("b", EXPECTED_LAST_SUBJECT_SEQUENCE="7")
    with pytest.raises(PublishRefusedError, match="wrong last sequence") as refused:
        await web_bus.acks.publish(SUBJECT, late, b"b")
    assert refused.value.code == WRONG_LAST_SEQUENCE


async def test_without_a_stream_there_is_no_wait(web_bus: Bus) -> None:
    with pytest.raises(nats.errors.NoRespondersError):
        await web_bus.acks.publish("ai.stop.7", named("a"), b"a")


async def test_publications_without_an_ack_give_up_in_time(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscriber listens and does not answer, so the server does not report that none listens."""
    monkeypatch.setattr(acks, "ACK_SECONDS", 0.05)
    await ai_bus.client.subscribe("ai.stop.7")
    await until_read(ai_bus.client)

    async def publish(pause: float) -> str:
        await asyncio.sleep(pause)
        with pytest.raises(nats.errors.TimeoutError):
            await web_bus.acks.publish("ai.stop.7", named("a"), b"a")
        return "gave up"

    # The last of each has to be given up without a later one.
    for pauses in ((0.0, 0.0, 0.02), (0.0,)):
        async with asyncio.timeout(DEADLINE_SECONDS):
            outcomes = await asyncio.gather(*map(publish, pauses))
        assert outcomes == ["gave up"] * len(pauses)


async def test_nothing_is_kept_of_what_was_acked(web_bus: Bus) -> None:
    """An answer is a thousand publications."""
    for number in range(100):
        await web_bus.acks.publish(SUBJECT, named(f"{number}"), b"x")
    gc.collect()
    assert sum(type(kept) is Msg for kept in gc.get_objects()) < 50


async def test_a_header_is_one_line(web_bus: Bus) -> None:
    names = ["first", "a\r\nNats-Rollup: sub", "a\rNats-Rollup: sub", "a\nb: c"]
    for name in names:
        await web_bus.acks.publish(SUBJECT, named(name), b"x")
    for sequence, _ in enumerate(names, 1):
        stored = await web_bus.jetstream.get_msg("TURBO_STREAM", seq=sequence)
        assert set(stored.headers or {}) == {Header.MSG_ID.value}


async def test_headers_are_as_large_as_the_server_counts_them(web_bus: Bus) -> None:
    """The largest message is taken; one byte more, and the connection would be closed."""
    headers = named("\N{EARTH GLOBE EUROPE-AFRICA} a", EXPECTED_LAST_SUBJECT_SEQUENCE="0")
    largest = b"x" * (web_bus.client.max_payload - size_of_headers(headers))
    assert web_bus.fits(headers, largest)
    assert not web_bus.fits(headers, largest + b"x")
    assert (await web_bus.acks.publish(SUBJECT, headers, largest)).seq == 1


async def test_nothing_is_sent_while_the_connection_is_down(outage: Outage) -> None:
    """nats-py would buffer it, and send it when the connection is back."""
    async with open_bus(outage.server.url("web"), name="test") as bus:
        await declare_streams(bus.jetstream)
        outage.begin()
        await until_connected(bus, expected=False)
        with pytest.raises(nats.errors.ConnectionReconnectingError):
            await bus.acks.publish(SUBJECT, named("late"), b"late")
        outage.end()
        await until_connected(bus)
        await until_read(bus.client)
        assert (await bus.acks.publish(SUBJECT, named("next"), b"next")).seq == 1
