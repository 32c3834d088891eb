"""A small DNS server on loopback: the addresses of names, which may change (RFC 1035)."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast, override

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHHIH")
_THE_NAME_OF_THE_QUERY = 0xC000 + _HEADER.size
_ANSWER = 0x8580
_NO_SUCH_NAME = 3
_A = 1
_IN = 1


@dataclass
class Names(asyncio.DatagramProtocol):
    """The address of each name now, in lower case and without the final dot."""

    addresses: dict[str, list[str]]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    _transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        host, port = transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(self._answer(data), addr)

    def _answer(self, query: bytes) -> bytes:
        number, *_ = _HEADER.unpack_from(query)
        name, end = _read_name(query, _HEADER.size)
        (kind,) = struct.unpack_from("!H", query, end)
        self.asked.append(name)
        found = self.addresses.get(name) or []
        records = [_record(address) for address in found if kind == _A]
        flags = _ANSWER if found else _ANSWER | _NO_SUCH_NAME
        header = _HEADER.pack(number, flags, 1, len(records), 0, 0)
        return header + query[_HEADER.size : end + 4] + b"".join(records)


@asynccontextmanager
async def serving_names(addresses: Mapping[str, list[str]]) -> AsyncIterator[Names]:
    """Answer for as long as the body runs."""
    names = Names(dict(addresses))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: names, local_addr=("127.0.0.1", 0), family=socket.AF_INET
    )
    try:
        yield names
    finally:
        transport.close()


def _read_name(query: bytes, start: int) -> tuple[str, int]:
    labels: list[str] = []
    while length := query[start]:
        labels.append(query[start + 1 : start + 1 + length].decode().lower())
        start += 1 + length
    return ".".join(labels), start + 1


def _record(address: str) -> bytes:
    data = socket.inet_aton(address)
    return _RECORD.pack(_THE_NAME_OF_THE_QUERY, _A, _IN, 0, len(data)) + data
