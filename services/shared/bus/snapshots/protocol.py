"""The protocol of taking and restoring snapshots: questions, answers and errors."""

from typing import Any, Final, Self

from nats.aio.client import Client
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.shared.bus.errors import CONNECTION_FAULTS

CHUNK_BYTES: Final = 128 * 1024
ANSWER_SECONDS: Final = 30.0
# An error code of JetStream's API.
NO_SUITABLE_PEERS: Final = 10005

type Answer = dict[str, Any]

_ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(Answer)


class SnapshotError(Exception):
    """A snapshot was not taken, or not restored; the text says why."""


class NoPlaceError(SnapshotError):
    """Too few nodes of the cluster are up for the stream's replicas."""


class StreamRecord(BaseModel):
    """A stream's configuration and state as the server writes them; a restore begins with it."""

    model_config = ConfigDict(frozen=True)

    config: dict[str, Any]
    state: dict[str, Any]

    @property
    def name(self) -> str:
        """The stream's name."""
        return str(self.config.get("name", ""))

    @property
    def messages(self) -> int:
        """How many messages it holds."""
        return int(self.state.get("messages", 0))

    @property
    def last_sequence(self) -> int:
        """The number of its newest message, even if that is gone."""
        return int(self.state.get("last_seq", 0))

    def with_replicas(self, count: int) -> Self:
        """Return the record of the same stream with this many replicas."""
        return self.model_copy(update={"config": {**self.config, "num_replicas": count}})


async def ask(
    client: Client, subject: str, payload: bytes, seconds: float = ANSWER_SECONDS
) -> Answer:
    """Return the server's answer; an empty one is an ack. Raises `SnapshotError`."""
    try:
        reply = await client.request(subject, payload, timeout=seconds)
        answer = _ANSWER.validate_json(reply.data) if reply.data else {}
    except CONNECTION_FAULTS as error:
        raise SnapshotError(f"no answer from NATS ({type(error).__name__})") from error
    except ValidationError as error:
        raise SnapshotError("an answer of NATS that cannot be read") from error
    if fault := answer.get("error"):
        kind = NoPlaceError if fault.get("err_code") == NO_SUITABLE_PEERS else SnapshotError
        raise kind(str(fault.get("description", fault)))
    return answer


def read_record(answer: Answer) -> StreamRecord:
    """Read a stream's record from an answer, or raise `SnapshotError`."""
    try:
        return StreamRecord.model_validate(answer)
    except ValidationError as error:
        raise SnapshotError("an answer of NATS that cannot be read") from error
