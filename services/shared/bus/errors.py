"""The errors of the bus."""

from typing import Final

import nats.errors

CONNECTION_FAULTS: Final = (nats.errors.Error, OSError, RuntimeError)
"""What nats-py raises if the server is away, is slow or refuses.

uvloop raises RuntimeError if nats-py writes to a connection that has just closed.
"""


class PublishError(Exception):
    """A message was not stored."""


class PublishRefusedError(PublishError):
    """The server refused to store a message, and gave a reason and an error code."""

    def __init__(self, reason: str, code: int = 0) -> None:
        super().__init__(f"{reason} ({code})")
        self.reason = reason
        self.code = code


class BusAwayError(PublishError):
    """The bus did not answer for too long, or refused a connection that was tried only once."""


class NoStreamError(BusAwayError):
    """The bus has no stream of this name."""


class MessageTooLargeError(PublishError):
    """The bus never takes a message of this size."""


class OvertakenError(PublishError):
    """The subject's newest message is number `newest`, not the expected one."""

    def __init__(self, text: str, newest: int) -> None:
        super().__init__(text)
        self.newest = newest
