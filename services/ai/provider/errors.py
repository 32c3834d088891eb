"""What is raised when an endpoint does not give an answer."""

from services.shared.messages import ErrorClass


class EndpointError(Exception):
    """An answer could not be had, or not to its end.

    `retry_after` is how many seconds the endpoint wants to be left alone, `context_tokens` the
    limit that it named in refusing a prompt. Neither the text nor a chain of causes repeats
    what the endpoint said, which may hold anything, the key included.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        *,
        retry_after: float | None = None,
        context_tokens: int | None = None,
        diagnosis: str = "",
    ) -> None:
        super().__init__(error_class)
        self.error_class: ErrorClass = error_class
        self.retry_after = retry_after
        self.context_tokens = context_tokens
        self._diagnosis = diagnosis

    @property
    def diagnosis(self) -> str:
        """What the log may say of the cause: its type and HTTP status, never its message."""
        return self._diagnosis


class ContinuationRefusedError(EndpointError):
    """The endpoint does not go on with an answer that was begun, or not in a way that can be read.

    It may give one from the start.
    """
