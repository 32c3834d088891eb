"""Live messages from a real server, by nats-py's own parser and by the fast one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from nats.aio.client import Client

from deploy.local.nats_server import NatsServer
from services.realtime.nats_reading.fast_parser import install_fast_parser
from services.realtime.nats_reading.feed import (
    LiveMessage,
    Republished,
    subscribe,
    subscribe_republished,
)
from services.realtime.nats_reading.flush_queue import FlushQueue
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.subjects import check_group, live_turbo_stream_subject
from tests.support.nats import until_read
from tests.support.outages import Outage
from tests.support.sockets import element, publish
from tests.support.waiting import until

FORGED = [
    {"Nats-Sequence": "9000000"},
    {"Nats-Last-Sequence": "0", "Nats-Sequence": "1"},
    {"nats-sequence": "77", "NATS-LAST-SEQUENCE": "77"},
    {"X": "\r\nNats-Sequence: 88"},
    {"Status": "503"},
]
ONE, OTHER = check_group("chat_1"), check_group("chat_2")


@pytest_asyncio.fixture(params=["nats-py's parser", "fast parser"])
async def client(
    request: pytest.FixtureRequest,
    nats_server: NatsServer,
    web_bus: Bus,  # noqa: ARG001 - the streams are there first
) -> AsyncIterator[Client]:
    """A gateway's connection, with each parser."""
    async with open_bus(nats_server.url("realtime"), name="test-realtime") as bus:
        if request.param == "fast parser":
            install_fast_parser(bus.client, FlushQueue())
        yield bus.client


@dataclass
class Heard:
    """What came, in order; taking a payload of `fails` raises."""

    payloads: list[bytes] = field(default_factory=list)
    positions: list[tuple[int, int]] = field(default_factory=list)
    fails: frozenset[bytes] = frozenset()

    def receive(self, message: LiveMessage) -> None:
        self._take(message.payload)

    def take(self, message: Republished) -> None:
        self.positions.append((message.sequence, message.previous))
        self._take(message.payload)

    def _take(self, payload: bytes) -> None:
        self.payloads.append(payload)
        if payload in self.fails:
            raise LookupError("a fault of ours")

    async def until_heard(self, payload: bytes) -> None:
        async def is_there() -> bool:
            return payload in self.payloads

        await until(is_there)


async def test_what_is_published_comes_in_order_with_its_place(
    client: Client, web_bus: Bus
) -> None:
    one, other = Heard(), Heard()
    await subscribe_republished(client, live_turbo_stream_subject(ONE), one.take)
    await subscribe_republished(client, live_turbo_stream_subject(OTHER), other.take)
    await until_read(client)
    for number in range(1, 7):
        await publish(web_bus, ONE if number % 2 else OTHER, element(str(number)))
    await other.until_heard(element("6").encode())
    assert one.payloads == [element(str(number)).encode() for number in (1, 3, 5)]
    assert one.positions == [(1, 0), (3, 1), (5, 3)]
    assert other.positions == [(2, 0), (4, 2), (6, 4)]


async def test_a_message_that_cannot_be_taken_does_not_stop_the_next(
    client: Client, web_bus: Bus
) -> None:
    """An error within nats-py's reading would end it for good, without a sign."""
    bad = element("bad").encode()
    one, other = Heard(fails=frozenset([bad])), Heard()
    await subscribe_republished(client, live_turbo_stream_subject(ONE), one.take)
    await subscribe(client, live_turbo_stream_subject(OTHER), other.receive)
    await until_read(client)
    await publish(web_bus, ONE, bad)
    await publish(web_bus, OTHER, element("to another"))
    await publish(web_bus, ONE, element("next"))
    await one.until_heard(element("next").encode())
    assert one.payloads == [bad, element("next").encode()]
    assert other.payloads == [element("to another").encode()]
    assert client.is_connected


async def test_a_message_that_no_stream_has_sent_on_has_no_place_and_is_left_out(
    client: Client, web_bus: Bus
) -> None:
    followed, heard = Heard(), Heard()
    await subscribe_republished(client, "control.odd", followed.take)
    await subscribe(client, "control.odd", heard.receive)
    await until_read(client)
    number = {"Nats-Sequence": "7", "Nats-Last-Sequence": "6"}
    for payload, headers in (
        (b"no headers", None),
        (b"others", {"Other": "x"}),
        (b"half", {"Nats-Sequence": "7"}),
        (b"the other half", {"Nats-Last-Sequence": "7"}),
        (b"no number", {**number, "Nats-Sequence": "seven"}),
        (b"none", {**number, "Nats-Sequence": ""}),
        (b"below nothing", {**number, "Nats-Last-Sequence": "-"}),
        (b"both", number),
    ):
        await web_bus.client.publish("control.odd", payload, headers=headers)
    await followed.until_heard(b"both")
    assert (followed.payloads, followed.positions) == ([b"both"], [(7, 6)])
    assert len(heard.payloads) == 8


async def test_a_publisher_cannot_make_up_a_place(client: Client, web_bus: Bus) -> None:
    heard = Heard()
    await subscribe_republished(client, live_turbo_stream_subject(ONE), heard.take)
    await until_read(client)
    for number, headers in enumerate(FORGED, start=1):
        payload = b"forged %d" % number
        await web_bus.jetstream.publish("turbo_stream.chat_1", payload, headers=headers)
        await heard.until_heard(payload)
        assert heard.positions[-1] == (number, number - 1), headers


async def test_nothing_comes_after_unsubscribing(client: Client, web_bus: Bus) -> None:
    ended, goes_on = Heard(), Heard()
    subscription = await subscribe_republished(client, live_turbo_stream_subject(ONE), ended.take)
    await subscribe_republished(client, live_turbo_stream_subject(ONE), goes_on.take)
    await until_read(client)
    await publish(web_bus, ONE, element("first"))
    await goes_on.until_heard(element("first").encode())
    await subscription.unsubscribe()
    await publish(web_bus, ONE, element("second"))
    await goes_on.until_heard(element("second").encode())
    assert ended.payloads == [element("first").encode()]


async def test_while_the_server_is_away_there_is_nothing_to_listen_to(outage: Outage) -> None:
    async with open_bus(outage.server.url("realtime"), name="test-realtime") as bus:
        outage.begin()

        async def is_away() -> bool:
            return not bus.client.is_connected

        await until(is_away)
        heard = Heard()
        with pytest.raises(BusAwayError):
            await subscribe(bus.client, "control.x", heard.receive)
        with pytest.raises(BusAwayError):
            await subscribe_republished(bus.client, live_turbo_stream_subject(ONE), heard.take)
        outage.end()


async def test_what_was_subscribed_is_heard_again_after_the_server_was_away(outage: Outage) -> None:
    async with (
        open_bus(outage.server.url("web"), name="test-web") as web,
        open_bus(outage.server.url("realtime"), name="test-realtime") as bus,
    ):
        install_fast_parser(bus.client, FlushQueue())
        heard = Heard()
        await subscribe(bus.client, "control.x", heard.receive)
        outage.begin()
        outage.end()

        async def comes_through() -> bool:
            if web.client.is_connected:
                await web.client.publish("control.x", b"again")
            return b"again" in heard.payloads

        await until(comes_through)
