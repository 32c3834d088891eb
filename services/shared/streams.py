"""The JetStream streams and consumers, declared by web before anything uses them."""

from typing import Final

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from services.shared import subjects

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


async def declare_streams(jetstream: JetStreamContext) -> None:
    """Create every stream and consumer, or bring an existing one up to today's configuration."""
    for stream in STREAMS:
        await _declare_stream(jetstream, stream)
    for name, consumer in CONSUMERS:
        await jetstream.add_consumer(name, consumer)


async def _declare_stream(jetstream: JetStreamContext, stream: StreamConfig) -> None:
    try:
        await jetstream.stream_info(stream.name or "")
    except NotFoundError:
        await jetstream.add_stream(stream)
    else:
        await jetstream.update_stream(stream)
