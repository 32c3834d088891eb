"""Expected errors, with the status and the words that their pages show."""

import math


class AppError(Exception):
    """An expected end of a request, shown as a page with `status`, `title` and `message`."""

    status = 500
    title = "Something went wrong"
    message = "The server made a mistake. It has been written down; please try again."
    retry = True


class NotFoundError(AppError):
    """There is nothing here, or it belongs to another account."""

    status = 404
    title = "Not found"
    message = "There is no such page, or it is not yours."
    retry = False


class NotSignedInError(AppError):
    """The request needs a signed-in account."""

    status = 401
    title = "Not signed in"
    message = "You are not signed in, or your session has ended. Sign in to go on."
    retry = False


class PlainHttpError(AppError):
    """A password or a session would cross a network without TLS."""

    status = 403
    title = "Not over plain HTTP"
    message = (
        "Nobody signs in here over plain HTTP: whoever is on the way could read the password. Use"
        " an address that begins with https://."
    )
    retry = False


class BusyError(AppError):
    """More sign-ins wait than the server gets through in a moment."""

    status = 503
    title = "Busy"
    message = "Too many people sign in at this moment. Please go back and try again."


class ForeignPageError(AppError):
    """A page of another site sent the form."""

    status = 403
    title = "Refused"
    message = "This form was sent from another site."
    retry = False


class CsrfTokenError(AppError):
    """A browser that does not say where a form comes from sent it without its session's token."""

    status = 403
    title = "Send it again"
    message = (
        "The page that this form was on belongs to an earlier session, or is too old. Go back,"
        " reload the page, and send it again."
    )
    retry = False


class TooLargeError(AppError):
    """The request's body is larger than any form."""

    status = 413
    title = "Too large"
    message = "That was more than this server takes at once."
    retry = False


class SlowBodyError(AppError):
    """The request's body arrived too slowly."""

    status = 408
    title = "Too slow"
    message = "What you sent did not arrive in time. Please go back and try again."
    retry = False


class BadFormError(AppError):
    """The form is broken, or not in UTF-8."""

    status = 400
    title = "Not readable"
    message = "This form is broken, or its text is not UTF-8."
    retry = False


class UnsupportedMediaTypeError(AppError):
    """The request's body is not a form, or declares another encoding than UTF-8."""

    status = 415
    title = "Not readable"
    message = "This server reads forms in UTF-8, and nothing else."
    retry = False


class DatabaseAwayError(AppError):
    """PostgreSQL cannot be reached."""

    status = 503
    title = "Back in a moment"
    message = (
        "The database cannot be reached right now. What was stored before is safe; what you were"
        " just sending may not have been stored. Please go back and try again."
    )


class BusUnreachableError(AppError):
    """NATS cannot be reached, and the request needs it at once."""

    status = 503
    title = "Back in a moment"
    message = "That could not be passed on right now. Please go back and try again."


class NotNowError(AppError):
    """The request does not fit the present state, for instance of an answer."""

    status = 409
    title = "Not possible"
    retry = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NoSuchModelError(AppError):
    """The request names a model that cannot be asked."""

    status = 409
    title = "Not possible"
    retry = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class TooManyRequestsError(AppError):
    """A limit is reached (RFC 6585, "429 Too Many Requests"); it is free again in `seconds`."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = max(1, math.ceil(seconds))
