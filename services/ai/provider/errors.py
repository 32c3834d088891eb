"""Errors for an endpoint that gives no answer, or only a part of one."""

from services.shared.bus.answer_errors import ErrorClass


class EndpointError(Exception):
    """There is no answer, or not all of it.

    `retry_after` is how many seconds the endpoint asks to wait, `context_tokens` the limit that it
    named in refusing a prompt, `status` the HTTP status. `said` is what the endpoint said,
    `address` the URL that was asked, `suggestion` one that may have been meant, and `model` the one
    that was asked for: these are masked (`refusals.masking`) before they are set. Nothing unmasked
    is kept, neither in the text nor in a chain of causes.
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
        self.diagnosis = diagnosis
        """The cause as the log may have it: its type and HTTP status, never its message."""


class ContinuationRefusedError(EndpointError):
    """The endpoint does not continue a begun answer, or it is undecidable what it adds.

    It may answer from the start.
    """


class ErrorChunkError(Exception):
    """A chunk of a stream is an error: what it says is in `body`."""

    def __init__(self, body: object) -> None:
        super().__init__()
        self.body = body


class StrayRedirectError(Exception):
    """The endpoint redirects to another host, which gets neither key nor chat.

    `url` is that host's; it may hold anything.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class SocksProxyError(Exception):
    """The environment names a SOCKS proxy; the client supports HTTP proxies alone."""
