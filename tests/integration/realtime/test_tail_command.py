"""`natter tail`: every publication of a group once, in order, whatever happens to the bus."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.bus import subjects
from services.shared.bus.connection import Bus
from services.shared.bus.position import read_bounds
from services.shared.bus.stream_management import declare_streams
from services.shared.bus.streams import STREAMS
from tests.support.shell import Running, Shell
from tests.support.sockets import element, publish

pytestmark = pytest.mark.usefixtures("web_bus")
WAITING = "natter: NATS does not answer; waiting"
BACK = "natter: NATS answers again"


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


async def test_after_a_cursor_exactly_what_came_then_is_shown(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    await fill(web_bus, range(4))
    head = (await read_bounds(web_bus.client)).head
    await fill(web_bus, range(4, 7))
    async with tailing(natter, nats_server, "--since", str(head)) as running:
        assert await shown(running, 3) == elements(range(4, 7))


@pytest.mark.parametrize(("last", "first_shown"), [("2", 8), ("10", 0), ("1000", 0)])
async def test_the_last_few_of_the_group_are_shown(
    natter: Shell, nats_server: NatsServer, web_bus: Bus, last: str, first_shown: int
) -> None:
    for number in range(10):
        await fill(web_bus, range(number, number + 1))
        await fill(web_bus, range(number, number + 1), group="chat_2")
    async with tailing(natter, nats_server, "--last", last) as running:
        expected = elements(range(first_shown, 10))
        assert await shown(running, len(expected)) == expected
        await publish(web_bus, "chat_2", element("of others"))
        await publish(web_bus, "chat_1", element("next"))
        assert await shown(running, 1) == [element("next")]


async def test_json_is_one_object_a_line_whatever_was_published(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    html = element("two\nlines, \x1b[2J and 漢字")
    await publish(web_bus, "chat_1", html)
    await publish(web_bus, "chat_1", b"\xff")
    async with tailing(natter, nats_server, "--last", "2", "--json") as running:
        first, second = map(json.loads, await running.next_lines(2))
    assert sorted(first) == ["cursor", "html", "size", "time"]
    assert (first["html"], first["size"]) == (html, len(html.encode()))
    assert second["html"] == "\\xff"


async def test_nothing_that_is_published_steers_the_terminal(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    evil = "a\x1b]0;title\x07\x9b2J\r\nb\u202ec\u2028d\x00\x7f"
    await publish(web_bus, "chat_1", element(evil))
    await publish(web_bus, "chat_1", b"\x1b[2J\xff\xfe")
    async with tailing(natter, nats_server, "--last", "2") as running:
        lines = await shown(running, 2)
    escaped = r"a\x1b]0;title\x07\x9b2J\r\nb\u202ec\u2028d\x00\x7f"
    assert lines == [element(escaped), r"\x1b[2J\xff\xfe"]


async def test_a_header_that_looks_like_the_servers_ends_nothing(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    await web_bus.jetstream.publish(
        "turbo_stream.chat_1", element("a").encode(), headers={"Status": "404"}
    )
    await publish(web_bus, "chat_1", element("b"))
    async with tailing(natter, nats_server, "--last", "2") as running:
        assert await shown(running, 2) == [element("a"), element("b")]


async def test_large_publications_come_whole_and_in_order(
    natter: Shell, nats_server: NatsServer, web_bus: Bus
) -> None:
    large = [element(str(number) * 900_000) for number in range(6)]
    for html in large:
        await publish(web_bus, "chat_1", html)
    async with tailing(natter, nats_server, "--last", "6") as running:
        assert await shown(running, 6) == large


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


async def test_ctrl_c_ends_it_without_a_complaint(natter: Shell, nats_server: NatsServer) -> None:
    async with tailing(natter, nats_server) as running:
        await running.next_remark()
        ended = await running.interrupt()
    assert (ended.status, ended.output, ended.errors) == (0, "", "")


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
