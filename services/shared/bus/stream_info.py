"""What the server says about the stream of publications (JetStream API, "Stream info")."""

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.bus.subjects import TURBO_STREAM_INFO_SUBJECT


class StreamInfoError(Exception):
    """The server did not describe the stream, or not in a form that can be read."""


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True)

    num_replicas: int


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)

    first_seq: int
    last_seq: int


class StreamInfo(BaseModel):
    """The fields of the reply that we use; `created` is as the server writes it."""

    model_config = ConfigDict(frozen=True)

    created: str
    config: _Config
    state: _State


async def read_stream_info(client: Client, *, seconds: float) -> StreamInfo:
    """Ask the server about TURBO_STREAM.

    Raises `StreamInfoError` if there is no such stream or no permission, and what nats-py raises if
    there is no answer within `seconds`.
    """
    # Not with nats-py's `stream_info`: it parses the time into a type that drops digits.
    reply = await client.request(TURBO_STREAM_INFO_SUBJECT, b"", timeout=seconds)
    try:
        return StreamInfo.model_validate_json(reply.data)
    except ValidationError as error:
        raise StreamInfoError(reply.data[:200].decode(errors="replace")) from error
