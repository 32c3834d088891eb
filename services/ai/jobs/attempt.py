"""One delivery of a job, as an attempt with a number and a name."""

from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final, Self

from nats.aio.msg import Msg

from services.shared.bus.subjects import suspected_job

RETRIED: Final = "Natter-Taken-Up"
DELIVERIES: Final = "Natter-Deliveries"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a job: the job's number in `AI_JOBS`, and a count of attempts from 1.

    The count is one more than the workers that were lost over the job.
    """

    job: int
    number: int
    is_retried: bool = False
    """An operator has retried it after it was parked."""
    is_isolated: bool = False
    """Its worker does no other suspect at the same time (`services.ai.jobs.isolation`)."""
    _token: str = field(default_factory=lambda: token_hex(4), repr=False)

    @classmethod
    def of(cls, message: Msg, handed_back: int = 0) -> Self:
        """Return the attempt of a message from one of the queues.

        `handed_back` deliveries of it are not counted: no worker died over them.
        """
        metadata, headers = message.metadata, message.headers or {}
        isolated = suspected_job(message.subject)
        return cls(
            job=metadata.sequence.stream if isolated is None else isolated,
            number=earlier_deliveries(headers.get(DELIVERIES))
            # A server that was killed may have forgotten deliveries.
            + max(1, metadata.num_delivered - handed_back),
            is_retried=RETRIED in headers,
            is_isolated=isolated is not None,
        )

    @property
    def name(self) -> str:
        """A name that no other attempt has, for the ids of what it publishes.

        The number alone is not enough: a server that was killed may repeat a delivery count.
        """
        return f"{self.job}-{self.number}-{self._token}"


def earlier_deliveries(header: str | None) -> int:
    """Parse how often a job was delivered before it came here; 0 where that is not known."""
    return int(header) if header and header.isdecimal() else 0
