"""Declaring the streams: repeatedly, and over those of an earlier version."""

from dataclasses import replace

import pytest

from services.shared.bus import stream_management
from services.shared.bus.connection import Bus
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import CONSUMERS, STREAMS
from services.shared.stream_token import MAX_TOKEN_SECONDS, SKEW_SECONDS

NAMES = [str(stream.name) for stream in STREAMS]


async def test_declaring_twice_changes_nothing_and_keeps_what_is_stored(web_bus: Bus) -> None:
    await web_bus.publish("turbo_stream.chat_1", b"kept", "1")
    await web_bus.publish("ai.jobs.1", b"kept too", "2")
    before = [await web_bus.jetstream.stream_info(name) for name in NAMES]
    await declare_streams(web_bus.jetstream)
    after = [await web_bus.jetstream.stream_info(name) for name in NAMES]

    assert [info.config for info in after] == [info.config for info in before]
    kept = {info.config.name: info.state.messages for info in after if info.state.messages}
    assert kept == {"TURBO_STREAM": 1, "AI_JOBS": 1}


async def test_a_stream_is_as_it_was_declared(web_bus: Bus) -> None:
    config = (await web_bus.jetstream.stream_info("TURBO_STREAM")).config
    assert (config.max_age, config.max_bytes) == (900, 512 * 1024 * 1024)
    assert (config.allow_direct, config.duplicate_window) == (True, 120)
    assert config.republish is not None
    control = (await web_bus.jetstream.stream_info("CONTROL")).config
    assert (control.max_age or 0) >= MAX_TOKEN_SECONDS + SKEW_SECONDS
    assert (control.allow_direct, control.max_bytes) == (True, 16 * 1024 * 1024)
    for name in ("AI_JOBS", "AI_SUSPECTS", "AI_RESULTS"):
        info = await web_bus.jetstream.stream_info(name)
        assert info.config.retention == "workqueue"


async def test_a_changed_configuration_is_applied(
    web_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await web_bus.publish("turbo_stream.chat_1", b"kept", "1")
    changed = tuple(replace(stream, description="changed", max_msgs=1000) for stream in STREAMS)
    monkeypatch.setattr(stream_management, "STREAMS", changed)
    slower = tuple((name, replace(consumer, ack_wait=5.0)) for name, consumer in CONSUMERS)
    monkeypatch.setattr(stream_management, "CONSUMERS", slower)
    await declare_streams(web_bus.jetstream)

    for name in NAMES:
        config = (await web_bus.jetstream.stream_info(name)).config
        assert (config.description, config.max_msgs) == ("changed", 1000)
    for name, consumer in CONSUMERS:
        info = await web_bus.jetstream.consumer_info(name, str(consumer.durable_name))
        assert info.config.ack_wait == 5
    assert (await web_bus.jetstream.stream_info("TURBO_STREAM")).state.messages == 1
