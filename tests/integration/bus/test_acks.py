"""Acks on a real server: each publication gets its own, or the reason why there is none."""

import asyncio

import nats.errors
import pytest
from nats.js.api import Header

from services.shared import acks
from services.shared.acks import RefusedError, header_block
from services.shared.bus import WRONG_LAST_SEQUENCE, Bus
from tests.support.nats import until_read

SUBJECT = "turbo_stream.chat_1"


def named(message_id: str, **more: str) -> bytes:
    return header_block({Header.MSG_ID: message_id, **{Header[k]: v for k, v in more.items()}})


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


async def test_what_is_published_is_what_was_meant(web_bus: Bus) -> None:
    payload = "<p>ä\r\n</p>".encode()
    await web_bus.acks.publish(SUBJECT, named("a: b"), payload)
    found = await web_bus.jetstream.get_msg("TURBO_STREAM", seq=1)
    assert (found.data, (found.headers or {})[Header.MSG_ID.value]) == (payload, "a: b")


async def test_a_refusal_tells_why(web_bus: Bus) -> None:
    await web_bus.acks.publish(SUBJECT, named("a"), b"a")
    late = named("b", EXPECTED_LAST_SUBJECT_SEQUENCE="7")
    with pytest.raises(RefusedError, match="wrong last sequence") as refused:
        await web_bus.acks.publish(SUBJECT, late, b"b")
    assert refused.value.code == WRONG_LAST_SEQUENCE


async def test_where_no_stream_listens_nobody_waits(web_bus: Bus) -> None:
    with pytest.raises(nats.errors.NoRespondersError):
        await web_bus.acks.publish("control.revoke", named("a"), b"a")


async def test_those_without_an_ack_give_up_each_in_its_time(
    web_bus: Bus, ai_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody listens, so that the server does not say that nobody does, and does not answer."""
    monkeypatch.setattr(acks, "ACK_SECONDS", 0.05)
    await ai_bus.client.subscribe("ai.stop.7")
    await until_read(ai_bus.client)

    async def publish(pause: float) -> str:
        await asyncio.sleep(pause)
        with pytest.raises(nats.errors.TimeoutError):
            await web_bus.acks.publish("ai.stop.7", named("a"), b"a")
        return "gave up"

    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*map(publish, (0.0, 0.0, 0.02, 0.2)))
    assert outcomes == ["gave up"] * 4


@pytest.mark.parametrize("value", ["a\r\nNats-Rollup: sub", "a\rb", "a\nb"])
def test_a_header_is_one_line(value: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        named(value)
