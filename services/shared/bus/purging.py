"""Removes stored messages of single subjects; web alone may do that."""

from collections.abc import Callable

from nats.js import JetStreamContext


async def purge_subjects(
    jetstream: JetStreamContext, stream: str, is_meant: Callable[[str], bool]
) -> None:
    """Remove every message of the subjects that are meant; raises what nats-py raises.

    The stream is asked first which subjects it holds: mostly none of them.
    """
    info = await jetstream.stream_info(stream, subjects_filter=">")
    for subject in filter(is_meant, info.state.subjects or {}):
        await jetstream.purge_stream(stream, subject=subject)
