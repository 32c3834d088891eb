"""The proxy passes what it should, and cuts, swallows and holds what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.faults.cutter import Cutter, cutting
from tests.support.waiting import DEADLINE_SECONDS, until

MEGABYTE = bytes(1024) * 1024


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxied_echo() -> AsyncIterator[Cutter]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, cutting(f"{host}:{port}") as cutter:
        yield cutter


@asynccontextmanager
async def connected(
    cutter: Cutter,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, port = cutter.address.rsplit(":", 1)
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_what_is_sent_through_comes_back_whole_whatever_its_size() -> None:
    async with proxied_echo() as cutter, connected(cutter) as (reader, writer):
        writer.write(MEGABYTE * 4)
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await reader.readexactly(len(MEGABYTE) * 4) == MEGABYTE * 4


async def test_the_end_of_one_side_is_the_end_of_the_other() -> None:
    async with proxied_echo() as cutter:
        async with connected(cutter) as (reader, writer):
            writer.write(b"x")
            assert await reader.readexactly(1) == b"x"

        async def are_gone() -> bool:
            return not cutter.links

        await until(are_gone)


async def test_a_cut_resets_links_and_new_ones_until_it_is_restored() -> None:
    async with proxied_echo() as cutter:
        async with connected(cutter) as (reader, writer):
            writer.write(b"x")
            await reader.readexactly(1)
            cutter.cut()
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
        with pytest.raises(ConnectionResetError):
            async with connected(cutter) as (reader, writer):
                assert await reader.read(1) != b""
        cutter.restore()
        async with connected(cutter) as (reader, writer):
            writer.write(b"y")
            assert await reader.readexactly(1) == b"y"


async def test_a_swallowing_network_tells_nobody_and_stays_so_for_its_links() -> None:
    async with proxied_echo() as cutter, connected(cutter) as (reader, writer):
        cutter.swallow()
        writer.write(b"x")
        async with connected(cutter) as (other_reader, other_writer):
            other_writer.write(b"x")
            cutter.restore()
            async with connected(cutter) as (third_reader, third_writer):
                third_writer.write(b"z")
                assert await third_reader.readexactly(1) == b"z"
            assert not reader.at_eof()
            assert not other_reader.at_eof()
            assert len(cutter.links) >= 2


async def test_what_is_held_back_comes_in_order_once_it_is_let_go() -> None:
    async with proxied_echo() as cutter, connected(cutter) as (reader, writer):
        writer.write(b"1")
        assert await reader.readexactly(1) == b"1"
        cutter.hold()
        writer.write(b"2")
        async with connected(cutter) as (late_reader, late_writer):
            late_writer.write(b"a")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await asyncio.gather(reader.readexactly(1), late_reader.readexactly(1))
            cutter.restore()
            writer.write(b"3")
            assert await late_reader.readexactly(1) == b"a"
            assert await reader.readexactly(2) == b"23"
