"""Asking an endpoint on a bare socket, over TLS or not."""

import asyncio
import ssl
from pathlib import Path

from services.ai.provider.settings import Timeouts
from services.shared.bus.answer_errors import ErrorClass
from tests.support.provider import Got, ask, connected_to
from tests.support.waiting import DEADLINE_SECONDS
from tests.support.wire import TEXT, Behaviour, WireEndpoint, running_wire


def tls(certificate: Path) -> ssl.SSLContext:
    """Return what a server needs to show this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def asked(
    *replies: bytes | Behaviour,
    times: int = 1,
    timeouts: Timeouts | None = None,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> tuple[list[Got], WireEndpoint]:
    """Ask an endpoint this many times, and return the answers."""
    async with (
        running_wire(*replies, tls=context, host=host) as endpoint,
        connected_to(endpoint.base_url, timeouts) as connection,
        asyncio.timeout(DEADLINE_SECONDS),
    ):
        return [await ask(connection) for _ in range(times)], endpoint


async def asked_at_once(
    *replies: bytes | Behaviour, timeouts: Timeouts
) -> list[tuple[list[Got], WireEndpoint]]:
    """Ask an endpoint for each of these replies, all at the same time."""
    return await asyncio.gather(*(asked(reply, timeouts=timeouts) for reply in replies))


async def asked_at(address: str, timeouts: Timeouts | None = None) -> Got:
    """Ask the endpoint at this address."""
    async with connected_to(address, timeouts) as connection, asyncio.timeout(DEADLINE_SECONDS):
        return await ask(connection)


def told(got: Got) -> tuple[ErrorClass, str]:
    """Return the class of the error, and its diagnosis in the log."""
    return got.fault.error_class, got.fault.diagnosis


def is_whole(got: Got, text: str = TEXT) -> bool:
    """Return whether the whole answer came, without an error."""
    return (got.text, got.finish_reason, got.error) == (text, "stop", None)
