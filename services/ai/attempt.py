"""One delivery of a job."""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final, Self

from nats.aio.msg import Msg

from services.shared.bus.subjects import suspected_job

TAKEN_UP: Final = "Natter-Taken-Up"
DELIVERIES: Final = "Natter-Deliveries"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which attempt at which job it is: the job's number in `AI_JOBS`, and a count from 1.

    It is one more than the workers that were lost over the job, as far as anybody knows.
    """

    job: int
    number: int
    is_taken_up: bool = False
    """It was parked, and a person has given it to the workers again."""
    is_isolated: bool = False
    """Its worker does no other such job meanwhile (`services.ai.jobs.isolation`)."""
    _token: str = field(default_factory=lambda: token_hex(4), repr=False)

    @classmethod
    def of(cls, message: Msg, handed_back: int = 0) -> Self:
        """Tell the attempt that a message from one of the queues asks for.

        So many deliveries of it were `handed_back` in order, and are not counted.
        """
        metadata, headers = message.metadata, message.headers or {}
        isolated = suspected_job(message.subject)
        return cls(
            job=metadata.sequence.stream if isolated is None else isolated,
            number=earlier_deliveries(headers.get(DELIVERIES))
            # A server that was killed may have forgotten deliveries.
            + max(1, metadata.num_delivered - handed_back),
            is_taken_up=TAKEN_UP in headers,
            is_isolated=isolated is not None,
        )

    @property
    def name(self) -> str:
        """A name that no other attempt has: it goes into the ids of what is published.

        A server that was killed may count deliveries from an earlier number again.
        """
        return f"{self.job}-{self.number}-{self._token}"


def earlier_deliveries(header: str | None) -> int:
    """Read how often a job was delivered before it came here; 0 where that is not known."""
    return int(header) if header and header.isdecimal() else 0
