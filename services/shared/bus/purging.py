"""Removes stored messages of single subjects; web alone may do that."""

from nats.js import JetStreamContext


async def purge_subjects(
    jetstream: JetStreamContext, stream: str, subjects: frozenset[str]
) -> None:
    """Remove every message of these subjects from a stream; raises what nats-py raises.

    The stream is asked first which subjects it holds: mostly none of them.
    """
    info = await jetstream.stream_info(stream, subjects_filter=">")
    for subject in subjects & (info.state.subjects or {}).keys():
        await jetstream.purge_stream(stream, subject=subject)
