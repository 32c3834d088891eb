"""Creating, updating and deleting the streams and consumers on the server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from services.shared.bus import subjects
from services.shared.bus.errors import CONNECTION_FAULTS
from services.shared.bus.streams import CONSUMERS, STREAMS
from services.shared.process.logging import get_logger

# Error codes of JetStream's API.
NOT_CLUSTERED: Final = 10074
NO_SUITABLE_PEERS: Final = 10005

# Nodes that start together take a moment to find each other.
NODES_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 0.5

DELETE_SECONDS: Final = 5.0
DELETE_TRIES: Final = 12

log = get_logger("streams")


class ReplicasError(Exception):
    """NATS has too few nodes for the requested replicas; the text is a sentence."""


async def declare_streams(jetstream: JetStreamContext, replicas: int = 1) -> None:
    """Create every stream and consumer, or update an existing one to today's configuration.

    Each stream, with its consumers, has this many replicas. Raises `ReplicasError` if there are
    fewer nodes, and what nats-py raises.
    """
    with _explained(replicas):
        for stream in STREAMS:
            await _declare_stream(jetstream, replace(stream, num_replicas=replicas))
        for name, consumer in CONSUMERS:
            await jetstream.add_consumer(name, consumer)


async def check_replicas(jetstream: JetStreamContext, replicas: int) -> None:
    """Raise `ReplicasError` if there are fewer nodes, and what nats-py raises.

    It creates a stream of its own for a moment: the existing ones may be broken.
    """
    with _explained(replicas):
        await jetstream.add_stream(StreamConfig(name=subjects.TRIAL, num_replicas=replicas))
    await jetstream.delete_stream(subjects.TRIAL)


async def declare_when_ready(jetstream: JetStreamContext, replicas: int) -> None:
    """Wait until JetStream answers, however long that takes, and declare the streams.

    A cluster answers once most of its nodes have elected a leader. Raises `ReplicasError` if nodes
    are missing for half a minute, or at once if NATS is a single server.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + NODES_SECONDS
    logged = ""
    while True:
        try:
            return await declare_streams(jetstream, replicas)
        except ReplicasError as error:
            if _is_single_server(error) or clock() > deadline:
                raise
            reason = str(error)
        except CONNECTION_FAULTS as error:
            if isinstance(error, APIError) and not isinstance(error, ServiceUnavailableError):
                raise
            reason = "JetStream does not answer: it has no leader yet, or is not enabled"
        if reason != logged:
            log.warning("streams_not_declared_yet", reason=reason)
            logged = reason
        await asyncio.sleep(RETRY_SECONDS)


async def delete_streams(client: Client) -> None:
    """Delete every stream and what it holds; raises what nats-py raises.

    A large stream takes its time. A cluster may not answer for a stream whose restore was cut off,
    although it deletes it; so a request without an answer is repeated.
    """
    jetstream = client.jetstream(timeout=DELETE_SECONDS)
    for stream in STREAMS:
        await _delete_stream(jetstream, stream.name or "")


async def _delete_stream(jetstream: JetStreamContext, name: str) -> None:
    with suppress(NotFoundError):
        for _ in range(DELETE_TRIES - 1):
            with suppress(nats.errors.TimeoutError):
                await jetstream.delete_stream(name)
                return
        await jetstream.delete_stream(name)


async def _declare_stream(jetstream: JetStreamContext, stream: StreamConfig) -> None:
    try:
        await jetstream.stream_info(stream.name or "")
    except NotFoundError:
        await jetstream.add_stream(stream)
    else:
        await jetstream.update_stream(stream)


def _is_single_server(error: ReplicasError) -> bool:
    return isinstance(error.__cause__, APIError) and error.__cause__.err_code == NOT_CLUSTERED


@contextmanager
def _explained(replicas: int) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        if error.err_code not in (NOT_CLUSTERED, NO_SUITABLE_PEERS):
            raise
        there = "is a single server" if error.err_code == NOT_CLUSTERED else "has fewer nodes"
        asked = f"{replicas} copies of each stream were asked for"
        raise ReplicasError(f"{asked}, and NATS {there}") from error
