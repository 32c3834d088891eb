"""The configuration of the JetStream streams and consumers; web creates them before use."""

from typing import Final

from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from services.shared.bus import subjects

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
        name=subjects.CONTROL,
        description="Revocations, for gateways that were not listening when told so.",
        subjects=[subjects.CONTROL_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        # The longest life of a token, and more than its issuer's clock may be ahead.
        max_age=DAY + MINUTE,
        # Some 80,000 revocations.
        max_bytes=16 * MEGABYTE,
        duplicate_window=2 * MINUTE,
        allow_direct=True,
    ),
    StreamConfig(
        name=subjects.AI_JOBS,
        description="Answers to be written.",
        subjects=[subjects.AI_JOBS_SUBJECTS],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        # An outbox row that is published again, however late, must not start a second answer.
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
        # An entry that holds the whole answer replaces those before it.
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
        # A worker may die while it parks a job; the next worker then parks the job again.
        duplicate_window=DAY,
        allow_direct=True,
    ),
    StreamConfig(
        name=subjects.AI_STOPS,
        description="Answers that are to stop, for workers that were not listening when told so.",
        subjects=[subjects.AI_STOPS_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        # A job may wait this long for a worker.
        max_age=7 * DAY,
        max_msgs_per_subject=1,
        allow_direct=True,
    ),
    StreamConfig(
        name=subjects.AI_MODELS,
        description="The connections and models that chats can choose from.",
        subjects=[subjects.AI_MODELS_SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        # No age: what was known last holds until a worker knows better.
        max_msgs_per_subject=1,
        max_bytes=16 * MEGABYTE,
        duplicate_window=2 * MINUTE,
    ),
)

# A worker reports progress twice a second; after two silent seconds it loses its job.
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
