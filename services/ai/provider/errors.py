"""What is raised when an endpoint does not give an answer."""

from services.shared.bus.answer_errors import ErrorClass


class EndpointError(Exception):
    """An answer could not be had, or not to its end.

    `retry_after` is how many seconds the endpoint wants to be left alone, `context_tokens` the
    limit that it named in refusing a prompt, `status` the HTTP status. `said` is what the endpoint
    said, `address` the URL that was asked, `suggestion` one that may have been meant, and `model`
    the one that was asked for: whoever sets these has masked them (`services.ai.provider.masking`).
    What is not masked is kept nowhere, not in the text, nor in a chain of causes.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        *,
        retry_after: float | None = None,
        context_tokens: int | None = None,
        diagnosis: str = "",
        status: int | None = None,
        said: str = "",
    ) -> None:
        super().__init__(error_class)
        self.error_class: ErrorClass = error_class
        self.retry_after = retry_after
        self.context_tokens = context_tokens
        self.status = status
        self.said = said
        self.address = ""
        self.suggestion = ""
        self.model = ""
        self._diagnosis = diagnosis

    @property
    def diagnosis(self) -> str:
        """What the log may say of the cause: its type and HTTP status, never its message."""
        return self._diagnosis


class ContinuationRefusedError(EndpointError):
    """The endpoint does not go on with an answer that was begun, or not in a way that can be read.

    It may give one from the start.
    """
