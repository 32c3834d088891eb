"""The links of a TCP proxy: each a client's connection and the one to the server for it."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, override

# SO_LINGER with a time of 0: the connection ends with an RST.
_LINGER_NOT: Final = struct.pack("ii", 1, 0)

type Filter = Callable[[bytes], bytes]


class Mode(Enum):
    """The state of the network: for links that are open, and for new ones."""

    OPEN = "bytes pass"
    CUT = "links are reset, new ones too"
    SWALLOWING = "links stay open and bytes vanish"
    HOLDING = "bytes wait"


@dataclass(eq=False, slots=True)
class Network:
    """What all links have in common: how it is with the network, and which they are."""

    mode: Mode = Mode.OPEN
    links: set["Link"] = field(default_factory=set)


class Link:
    """A client's connection and the one to the server that answers to it."""

    def __init__(self, network: Network, upstream: Filter, downstream: Filter) -> None:
        self.network = network
        self.swallowing = network.mode is Mode.SWALLOWING
        self.client = End(self, upstream)
        self.server = End(self, downstream)
        network.links.add(self)

    def ends(self) -> tuple["End", "End"]:
        """Give the side of the client and the side of the server."""
        return self.client, self.server

    def abort(self) -> None:
        """Reset both sides."""
        self.network.links.discard(self)
        for end in self.ends():
            end.reset()

    def hold(self) -> None:
        """Stop reading."""
        for end in self.ends():
            if end.transport is not None:
                end.transport.pause_reading()

    def release(self) -> None:
        """Read again."""
        for end in self.ends():
            if end.transport is not None:
                end.transport.resume_reading()

    def other(self, end: "End") -> "End":
        """Give the opposite side."""
        return self.server if end is self.client else self.client


class End(asyncio.Protocol):
    """One of the two connections of a link."""

    def __init__(self, link: Link, through: Filter) -> None:
        self.link = link
        self.through = through
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.link not in self.link.network.links or self.link.network.mode is Mode.CUT:
            self.link.abort()
            return
        for data in self.waiting:
            transport.write(data)
        self.waiting.clear()
        if self.link.network.mode is Mode.HOLDING:
            transport.pause_reading()

    @override
    def data_received(self, data: bytes) -> None:
        if not self.link.swallowing and (passed := self.through(data)):
            self.link.other(self).write(passed)

    def write(self, data: bytes) -> None:
        """Send to this end, once it is connected."""
        if self.transport is None:
            self.waiting.append(data)
        else:
            self.transport.write(data)

    def reset(self) -> None:
        """End this connection with an RST."""
        if self.transport is not None:
            link_socket = self.transport.get_extra_info("socket")
            link_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self.transport.abort()

    @override
    def pause_writing(self) -> None:
        if (source := self.link.other(self).transport) is not None:
            source.pause_reading()

    @override
    def resume_writing(self) -> None:
        source = self.link.other(self).transport
        if source is not None and self.link.network.mode is not Mode.HOLDING:
            source.resume_reading()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        # A network that swallows bytes swallows the end of a connection too.
        if self.link.swallowing:
            return
        other = self.link.other(self)
        if exc is None and other.transport is not None:
            self.link.network.links.discard(self.link)
            other.transport.close()
        else:
            self.link.abort()
