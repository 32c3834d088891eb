"""What a message looks like: one template for the page, the form's answer and the socket."""

from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup, escape

from services.shared.messages import ErrorClass
from services.shared.rendering import Renderer

type Status = Literal["queued", "streaming", "complete", "failed"]

TEMPLATE: Final = "_message.html"

ERROR_SENTENCES: Final[dict[ErrorClass, str]] = {
    "rate_limit": "The model's endpoint is taking no more requests right now.",
    "context_length": "This chat has grown longer than the model can read.",
    "auth": "The model's endpoint refused the API key.",
    "model_missing": "The model's endpoint has no model of that name.",
    "timeout": "The model's endpoint took too long.",
    "content_filter": "The model's endpoint withheld the answer.",
    "cut_off": "The answer was cut off before its end.",
    "unreachable": "The model's endpoint could not be reached.",
    "bad_response": "The model's endpoint sent something that could not be understood.",
    "interrupted": "The answer was interrupted too often and was given up.",
}


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message as the template takes it; `body` and `tail` are finished and open HTML."""

    id: int
    role: Literal["user", "assistant"]
    status: Status
    body: Markup
    tail: Markup
    error: str | None = None


def render_message(renderer: Renderer, message: MessageView) -> Markup:
    """Render `message` as one element with the id `message_element(message.id)`."""
    return renderer.partial(TEMPLATE, message=message).strip()


def user_text(text: str) -> Markup:
    """Show what a person wrote as they wrote it; the style sheet keeps its line breaks."""
    return escape(text)


def error_sentence(error: ErrorClass) -> str:
    """Tell a reader in one sentence why an answer failed."""
    return ERROR_SENTENCES[error]


def message_list_element(chat_id: int | str) -> str:
    """Id of the element whose direct children are the messages of a chat."""
    return f"chat-{chat_id}-message-list"


def message_element(message_id: int) -> str:
    """Id of a message's own element; the ids of its blocks begin with it too."""
    return f"message_{message_id}"


def done_element(message_id: int) -> str:
    """Id of the element that holds a growing answer's finished blocks."""
    return f"message_{message_id}_done"


def tail_element(message_id: int) -> str:
    """Id of the element that holds a growing answer's open end."""
    return f"message_{message_id}_tail"
