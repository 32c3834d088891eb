"""One delivery of a job."""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final, Self

from nats.aio.msg import Msg

TAKEN_UP: Final = "Natter-Taken-Up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which delivery of which job it is: the job's number in `AI_JOBS`, and a count from 1."""

    job: int
    number: int
    is_taken_up: bool = False
    """It was parked, and a person has given it to the workers again."""
    _token: str = field(default_factory=lambda: token_hex(4), repr=False)

    @classmethod
    def of(cls, message: Msg) -> Self:
        """Tell the attempt that a message from the queue asks for."""
        metadata = message.metadata
        is_taken_up = TAKEN_UP in (message.headers or {})
        return cls(metadata.sequence.stream, metadata.num_delivered, is_taken_up)

    @property
    def name(self) -> str:
        """A name that no other attempt has: it goes into the ids of what is published.

        A server that was killed may count deliveries from an earlier number again.
        """
        return f"{self.job}-{self.number}-{self._token}"
