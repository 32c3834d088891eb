"""`natter tail`: every publication of a group once, in order, whatever happens to the bus."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus import subjects
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.position import read_bounds
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import STREAMS
from tests.support.outages import Outage
from tests.support.shell import Running, Shell
from tests.support.sockets import element, publish

pytestmark = pytest.mark.usefixtures("web_bus")


@asynccontextmanager
async def tailing(
    natter: Shell, server: NatsServer, *arguments: str, group: str = "chat_1"
) -> AsyncIterator[Running]:
    url = server.url("operator")
    async with natter.running("tail", group, *arguments, url=url) as running:
        yield running


async def fill(bus: Bus, numbers: range, group: str = "chat_1") -> None:
    for number in numbers:
        await publish(bus, group, element(str(number)))


async def shown(running: Running, count: int) -> list[str]:
    """Return the HTML of the next publications that are shown."""
    return [line.split("  ", 3)[3] for line in await running.next_lines(count)]


def elements(numbers: range) -> list[str]:
    return [element(str(number)) for number in numbers]


async def test_what_is_published_is_shown_with_its_place_time_and_size(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    await publish(web_bus, "chat_1", element("漢字"))
    epoch = (await read_bounds(web_bus.client)).epoch
    async with tailing(natter, nats_server, "--last", "1") as running:
        (line,) = await running.next_lines(1)
    cursor, time, size, html = line.split("  ")
    assert (cursor, html) == (f"{epoch}.1", element("漢字"))
    assert time.startswith("20")
    assert time.endswith("Z")
    assert size == f"{len(element('漢字').encode())} B"


async def test_nothing_is_shown_twice_or_left_out_between_what_was_and_what_comes(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    start = (await read_bounds(web_bus.client)).head
    await fill(web_bus, range(300))
    async with tailing(natter, nats_server, "--since", str(start)) as running:
        await fill(web_bus, range(300, 600))
        assert await shown(running, 600) == elements(range(600))
        await publish(web_bus, "chat_1", element("last"))
        assert await shown(running, 1) == [element("last")]


async def test_without_a_place_only_what_is_published_from_now_on_is_shown(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    await fill(web_bus, range(5))
    head = (await read_bounds(web_bus.client)).head
    async with tailing(natter, nats_server) as running:
        assert (
            await running.next_remark() == f"natter: following chat_1 from {head}; Ctrl+C ends it"
        )
        await publish(web_bus, "chat_1", element("new"))
        assert await shown(running, 1) == [element("new")]
        ended = await running.interrupt()
    assert (ended.status, ended.output, ended.errors) == (0, "", "")


async def test_the_last_few_of_the_group_are_shown(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    for number in range(10):
        await fill(web_bus, range(number, number + 1))
        await fill(web_bus, range(number, number + 1), group="chat_2")
    for last, first_shown in (("2", 8), ("1000", 0)):
        async with tailing(natter, nats_server, "--last", last) as running:
            expected = elements(range(first_shown, 10))
            assert await shown(running, len(expected)) == expected
    async with tailing(natter, nats_server, "--last", "10") as running:
        assert await shown(running, 10) == elements(range(10))
        await publish(web_bus, "chat_2", element("of others"))
        await publish(web_bus, "chat_1", element("next"))
        assert await shown(running, 1) == [element("next")]


async def test_whatever_was_published_comes_whole_and_steers_no_terminal(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    evil = element("a\x1b]0;title\x07\x9b2J\r\nb\u202ec\u2028d\x00\x7f")
    escaped = element(r"a\x1b]0;title\x07\x9b2J\r\nb\u202ec\u2028d\x00\x7f")
    large = [element(str(number) * 900_000) for number in range(6)]
    for html in (*large, evil):
        await publish(web_bus, "chat_1", html)
    await publish(web_bus, "chat_1", b"\x1b[2J\xff\xfe")
    # A header that looks like the server's does not end the batch.
    header = {"Status": "404"}
    await web_bus.jetstream.publish("turbo_stream.chat_1", element("a").encode(), headers=header)
    await publish(web_bus, "chat_1", element("漢字"))
    async with tailing(natter, nats_server, "--last", "10") as running:
        text = [escaped, r"\x1b[2J\xff\xfe", element("a"), element("漢字")]
        assert await shown(running, 10) == [*large, *text]
    async with tailing(natter, nats_server, "--last", "4", "--json") as running:
        first, second, *_ = map(json.loads, await running.next_lines(4))
    assert sorted(first) == ["cursor", "html", "size", "time"]
    assert (first["html"], first["size"]) == (evil, len(evil.encode()))
    assert second["html"] == "\x1b[2J\\xff\\xfe"


async def test_a_publication_whose_live_message_is_lost_is_shown_all_the_same(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    async with tailing(natter, nats_server) as running:
        await running.next_remark()
        silent = next(stream for stream in STREAMS if stream.name == subjects.TURBO_STREAM)
        await web_bus.jetstream.update_stream(silent.evolve(republish=None))
        await publish(web_bus, "chat_1", element("unheard"))
        assert await shown(running, 1) == [element("unheard")]


async def test_a_stream_that_was_made_anew_is_read_from_its_beginning(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    await fill(web_bus, range(5))
    async with tailing(natter, nats_server) as running:
        await running.next_remark()
        await web_bus.jetstream.delete_stream(subjects.TURBO_STREAM)
        await declare_streams(web_bus.jetstream)
        await fill(web_bus, range(3))
        assert await shown(running, 3) == elements(range(3))


async def test_what_the_stream_no_longer_holds_is_said_to_be_gone(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    head = (await read_bounds(web_bus.client)).head
    await fill(web_bus, range(5))
    await web_bus.jetstream.purge_stream(subjects.TURBO_STREAM, keep=2)
    async with tailing(natter, nats_server, "--since", str(head)) as running:
        await running.next_remark()
        assert await running.next_remark() == "natter: what was published before number 4 is gone"
        assert await shown(running, 2) == elements(range(3, 5))


async def test_it_ends_quietly_where_nobody_reads_any_more(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    read, written = os.pipe()
    async with natter.running(
        "tail", "chat_1", url=nats_server.url("operator"), stdout=written
    ) as running:
        os.close(written)
        await running.next_remark()
        os.close(read)
        await publish(web_bus, "chat_1", element("unread"))
        assert await running.process.wait() == 0
        assert running.process.stderr is not None
        assert await running.process.stderr.read() == b""


async def test_a_cursor_of_another_stream_is_refused(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    head = (await read_bounds(web_bus.client)).head
    for cursor in ("00000000.0", f"{head.epoch}.{head.sequence + 1}"):
        refused = await natter.run(
            "tail", "chat_1", "--since", cursor, url=nats_server.url("operator")
        )
        assert (refused.status, refused.output) == (2, "")
        assert "of another stream" in refused.errors


async def test_it_outlives_an_outage_and_shows_what_was_published_meanwhile_once(
    natter: Shell, outage: Outage
) -> None:
    async with open_bus(outage.server.url("web"), name="test-web") as bus:
        await declare_streams(bus.jetstream)
        url = outage.server.url("operator")
        async with natter.running("tail", "chat_1", url=url) as running:
            await running.next_remark()
            await publish(bus, "chat_1", element("before"))
            outage.begin()
            assert await running.next_remark() == "natter: NATS does not answer; waiting"
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(publish(bus, "chat_1", element("after")))
                outage.end()
            assert await shown(running, 2) == [element("before"), element("after")]
            assert await running.next_remark() == "natter: NATS answers again"
            ended = await running.interrupt()
    assert (ended.status, ended.output, ended.errors) == (0, "", "")
