"""The JetStream streams and consumers, declared by web before anything uses them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from services.shared.bus import subjects
from services.shared.bus.events import CONNECTION_FAULTS
from services.shared.process.logging import get_logger

MINUTE: Final = 60.0
DAY: Final = 24 * 60 * MINUTE
MEGABYTE: Final = 1024 * 1024

STREAMS: Final = (
    StreamConfig(
        name=subjects.TURBO_STREAM,
        description="Turbo Streams of every group; what was stored is republished to the gateways.",
        subjects=[subjects.TURBO_STREAM_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=15 * MINUTE,
        max_bytes=512 * MEGABYTE,
        duplicate_window=2 * MINUTE,
        allow_direct=True,
        republish=RePublish(src=subjects.TURBO_STREAM_SUBJECTS, dest=subjects.REPUBLISHED),
    ),
    StreamConfig(
        name=subjects.AI_JOBS,
        description="Answers to be written.",
        subjects=[subjects.AI_JOBS_SUBJECTS],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        # A row of the outbox that outlived its publication must not have an answer written twice.
        duplicate_window=DAY,
    ),
    StreamConfig(
        name=subjects.AI_SUSPECTS,
        description="Jobs over which workers have died: a worker does one of them at a time.",
        subjects=[subjects.AI_SUSPECTS_SUBJECTS],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        duplicate_window=DAY,
    ),
    StreamConfig(
        name=subjects.AI_RESULTS,
        description="Answers that have ended, on their way into the database.",
        subjects=[subjects.AI_RESULTS_SUBJECTS],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        duplicate_window=2 * MINUTE,
    ),
    StreamConfig(
        name=subjects.AI_TEXT,
        description="Answers as they grow: what a worker takes over from, and a page opens with.",
        subjects=[subjects.AI_TEXT_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=DAY,
        max_bytes=1024 * MEGABYTE,
        duplicate_window=2 * MINUTE,
        allow_direct=True,
        # An entry that holds the whole answer takes the place of those before it.
        allow_rollup_hdrs=True,
    ),
    StreamConfig(
        name=subjects.AI_PARKED,
        description="Jobs that no worker could do, kept for a person to look at.",
        subjects=[subjects.AI_PARKED_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=30 * DAY,
        max_bytes=256 * MEGABYTE,
        # Whoever parks a job may die over it as well, and the next one parks it again.
        duplicate_window=DAY,
        allow_direct=True,
    ),
    StreamConfig(
        name=subjects.AI_STOPS,
        description="Answers that are to stop, for workers that were not listening when told so.",
        subjects=[subjects.AI_STOPS_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        # A job may wait as long for a worker.
        max_age=7 * DAY,
        max_msgs_per_subject=1,
        allow_direct=True,
    ),
)

# A worker reports progress twice a second; one that has been silent for 2 has lost its job.
JOB_ACK_SECONDS: Final = 2.0
RESULT_ACK_SECONDS: Final = 30.0
MAX_JOBS_IN_WORK: Final = 10_000

CONSUMERS: Final = (
    (
        subjects.AI_JOBS,
        ConsumerConfig(
            durable_name=subjects.AI_JOBS_CONSUMER,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=JOB_ACK_SECONDS,
            max_ack_pending=MAX_JOBS_IN_WORK,
        ),
    ),
    (
        subjects.AI_SUSPECTS,
        ConsumerConfig(
            durable_name=subjects.AI_SUSPECTS_CONSUMER,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=JOB_ACK_SECONDS,
        ),
    ),
    (
        subjects.AI_RESULTS,
        ConsumerConfig(
            durable_name=subjects.AI_RESULTS_CONSUMER,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=RESULT_ACK_SECONDS,
        ),
    ),
)


# Error codes of JetStream's API.
NOT_CLUSTERED: Final = 10074
NO_SUITABLE_PEERS: Final = 10005

# Nodes that start together do not find each other at once.
NODES_SECONDS: Final = 30.0
TRY_AGAIN_SECONDS: Final = 0.5

DELETE_SECONDS: Final = 5.0
DELETE_TRIES: Final = 12

log = get_logger("streams")


class ReplicasError(Exception):
    """NATS has too few nodes for as many copies of a stream, in a sentence."""


async def declare_streams(jetstream: JetStreamContext, replicas: int = 1) -> None:
    """Create every stream and consumer, or bring an existing one up to today's configuration.

    Each stream, and its consumers with it, is kept by so many nodes. Raises `ReplicasError` where
    there are fewer, and what nats-py raises.
    """
    with _explained(replicas):
        for stream in STREAMS:
            await _declare_stream(jetstream, replace(stream, num_replicas=replicas))
        for name, consumer in CONSUMERS:
            await jetstream.add_consumer(name, consumer)


async def check_replicas(jetstream: JetStreamContext, replicas: int) -> None:
    """Raise `ReplicasError` where there are fewer nodes, and what nats-py raises.

    It makes a stream of its own for a moment: those that are there may be broken.
    """
    with _explained(replicas):
        await jetstream.add_stream(StreamConfig(name=subjects.TRIAL, num_replicas=replicas))
    await jetstream.delete_stream(subjects.TRIAL)


async def declare_when_there(jetstream: JetStreamContext, replicas: int) -> None:
    """Declare the streams, however long it takes until JetStream answers.

    A cluster answers once most of its nodes have chosen a leader. Raises `ReplicasError` where
    nodes are missing for half a minute; where it is a single server, at once.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + NODES_SECONDS
    told = ""
    while True:
        try:
            return await declare_streams(jetstream, replicas)
        except ReplicasError as error:
            if _is_single(error) or clock() > deadline:
                raise
            reason = str(error)
        except CONNECTION_FAULTS as error:
            if isinstance(error, APIError) and not isinstance(error, ServiceUnavailableError):
                raise
            reason = "JetStream does not answer: it has no leader yet, or is not enabled"
        if reason != told:
            log.warning("streams_not_declared_yet", reason=reason)
            told = reason
        await asyncio.sleep(TRY_AGAIN_SECONDS)


async def delete_streams(client: Client) -> None:
    """Delete every stream and what it holds; raises what nats-py raises.

    A large one takes its time. Of a cluster nobody may answer for one whose restore was cut off,
    though it is deleted then; so what was not answered is asked again.
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


def _is_single(error: ReplicasError) -> bool:
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
