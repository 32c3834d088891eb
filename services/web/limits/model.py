"""The limits of a person, and a rate: how often something may happen."""

from dataclasses import dataclass
from typing import Self

from services.web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` events in `seconds`, spread evenly; `burst` of them may come at once.

    Without a `burst` all `count` may come at once.
    """

    count: int
    seconds: float
    burst: int | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds <= 0 or (self.burst is not None and self.burst < 1):
            raise ValueError(f"no rate: {self}")

    @property
    def interval(self) -> float:
        """Seconds between two events that come evenly."""
        return self.seconds / self.count

    @property
    def tolerance(self) -> float:
        """How many seconds an event may come before its theoretical arrival time."""
        return self.interval * ((self.burst or self.count) - 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may do; None stands for any number."""

    messages: Rate | None = None
    chats: Rate | None = None
    tokens_per_day: int | None = None
    answers_waiting: int | None = None
    answers_at_once: int | None = None

    @classmethod
    def of(cls, settings: WebSettings) -> Self:
        """Return the limits that are set; one person's own server has only those set on purpose."""

        def limit(name: str) -> int | None:
            is_meant = name in settings.model_fields_set or not settings.single_user
            return getattr(settings, name) or None if is_meant else None

        messages, chats = limit("messages_per_minute"), limit("chats_per_hour")
        return cls(
            messages=Rate(messages, 60) if messages else None,
            chats=Rate(chats, 3600) if chats else None,
            tokens_per_day=limit("tokens_per_day"),
            answers_waiting=limit("answers_waiting"),
            answers_at_once=limit("answers_at_once"),
        )
