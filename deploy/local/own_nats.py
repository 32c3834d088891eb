"""Checks that the user's own NATS permits what the services need."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import nats.errors
import nats.js.errors
from nats.aio.client import Client

from deploy.local.nats_server import OLDEST_VERSION
from services.shared.bus import subjects
from services.shared.bus.nats_url import inbox_prefix, login, may_be_refusal, servers
from services.shared.bus.streams import CONSUMERS, STREAMS

SECONDS = 5.0
# A message that expects to be stored in a stream of this name is stored in none.
_NOWHERE = {"Nats-Expected-Stream": "none"}
_VIOLATION = re.compile(r'permissions violation for (\w+) (?:to|using) "([^"]+)"', re.IGNORECASE)
_MOST_NAMED = 3
_SUBSCRIBED = (
    subjects.LIVE_TURBO_STREAM_SUBJECTS,
    subjects.CONTROL_SUBJECTS,
    subjects.STOP_SUBJECTS,
)


async def find_fault_of_nats(url: str) -> str | None:
    """Return the rights that the user in `url` lacks, or why NATS is away; None if all is well."""
    refusals: list[tuple[str, str]] = []
    try:
        async with asyncio.timeout(SECONDS), _connected(url, refusals) as client:
            await _ask_for_everything(client)
            return _describe(refusals) if refusals else await _find_fault_of_server(client)
    except TimeoutError:
        return f"no NATS answered within {SECONDS:g} s"
    except (nats.errors.Error, OSError, ValueError) as error:
        return _explain(error)


@asynccontextmanager
async def _connected(url: str, refusals: list[tuple[str, str]]) -> AsyncIterator[Client]:
    """Connect once; a refusal that comes later is added to `refusals`."""
    client = Client()
    addresses = servers(url)
    left = iter(addresses[1:])

    async def take(error: Exception) -> None:
        if not client.is_connected and next(left, None) is None:
            raise error
        refusals.extend(_VIOLATION.findall(str(error)))

    try:
        await client.connect(
            addresses,
            name="natter-trial",
            **login(url, lambda: url),
            inbox_prefix=inbox_prefix(url),
            allow_reconnect=False,
            error_cb=take,
        )
        yield client
    finally:
        if client.servers:  # otherwise it had no address that could be read
            with suppress(nats.errors.Error, OSError):
                await client.close()


def _explain(error: Exception) -> str:
    if may_be_refusal(error):
        return "NATS refuses the connection: are user and password right?"
    if isinstance(error, OSError):
        return f"no NATS answers there ({error.strerror or error})"
    # The text of other errors may hold the password.
    return "that is no address such as nats://user:password@127.0.0.1:4222"


async def _ask_for_everything(client: Client) -> None:
    """Try all actions of the services without changing anything; the server reports refusals."""
    for subject in (*_SUBSCRIBED, f"{client.new_inbox()}.*"):
        await client.subscribe(subject)
    for subject in _published():
        await client.publish(subject, headers=_NOWHERE)
    # nats-py writes the first ping ahead of what it has buffered.
    await client.flush()
    await client.flush()


def _published() -> Iterator[str]:
    for stream in STREAMS:
        for action in ("INFO", "CREATE", "UPDATE"):
            yield f"$JS.API.STREAM.{action}.{stream.name}"
        yield subjects.leader_get_subject(stream.name or "")
        if stream.allow_direct:
            yield subjects.direct_get_subject(stream.name or "")
        for stored in stream.subjects or ():
            yield stored.replace("*", "0")
    for name, consumer in CONSUMERS:
        yield f"$JS.API.CONSUMER.DURABLE.CREATE.{name}.{consumer.durable_name}"


def _describe(refusals: list[tuple[str, str]]) -> str:
    words = {"publish": "publish on", "subscription": "subscribe to"}
    named = [f"{words.get(what.lower(), what)} {subject}" for what, subject in refusals]
    more = len(named) - _MOST_NAMED
    others = f" and {more} more" if more > 0 else ""
    return f"this user of NATS may not {', '.join(named[:_MOST_NAMED])}{others}"


async def _find_fault_of_server(client: Client) -> str | None:
    version = client.connected_server_version
    if (version.major, version.minor) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        return f"it is NATS {version.major}.{version.minor}, and Natter needs {oldest} or newer"
    try:
        await client.jetstream().stream_info(subjects.TURBO_STREAM)
    except nats.js.errors.NotFoundError:
        return None
    except nats.errors.Error as error:
        return f"its JetStream does not answer ({error}): start nats-server with -js"
    return None
