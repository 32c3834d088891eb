"""Renders a message, by one template for the page, the form's response and the socket."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from markupsafe import Markup, escape

from services.shared.bus.answer_errors import EndpointDetails
from services.shared.bus.messages import Versions
from services.shared.pages.failures import Explanation, explain, facts
from services.shared.pages.rendering import Renderer

type Status = Literal["waiting", "queued", "streaming", "complete", "stopped", "failed"]
"""`waiting` for its turn, `queued` for a worker, `streaming` from a worker."""

TEMPLATE: Final = "_message.html"
FOOTER_TEMPLATE: Final = "_message_footer.html"
REASONING_TEMPLATE: Final = "_reasoning.html"
WAIT_TEMPLATE: Final = "_wait.html"

UNFINISHED: Final = frozenset({"waiting", "queued", "streaming"})


@dataclass(frozen=True, slots=True)
class ReasoningView:
    """The model's reasoning before its answer; `seconds` is None while it still thinks."""

    body: Markup
    open_end: Markup = field(default_factory=Markup)
    seconds: float | None = None

    @property
    def summary(self) -> str:
        """How long the model thought, or that it still thinks, for a reader."""
        return thinking_time(self.seconds)


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message for the template; `body` is finished HTML, `open_end` is HTML that still changes.

    A message that `is_full` cannot be continued.
    """

    chat_id: int
    id: int
    role: Literal["user", "assistant"]
    status: Status
    body: Markup
    open_end: Markup = field(default_factory=Markup)
    reasoning: ReasoningView | None = None
    error: str | None = None
    details: EndpointDetails | None = None
    retry_at: datetime | None = None
    finish_reason: str | None = None
    versions: Versions = field(default_factory=Versions)
    left_out: int = 0
    restarted: bool = False
    model: str | None = None
    is_full: bool = False

    @property
    def is_unfinished(self) -> bool:
        """Whether more of the message will come."""
        return self.status in UNFINISHED

    @property
    def explanation(self) -> Explanation:
        """Why the answer failed, for a reader."""
        return explain(self.error, self.details)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known about the endpoint's part: labels and values."""
        return list(facts(self.details))

    @property
    def tool(self) -> str | None:
        """The tool that the model asked for besides its text."""
        is_beside = self.status == "complete" and self.details is not None
        return self.details.tool if is_beside and self.details else None

    @property
    def wants_new_chat(self) -> bool:
        """Whether the reader should start a new chat."""
        return self.error == "context_length"

    @property
    def can_continue(self) -> bool:
        """Whether the text was cut off, and there is room for the rest."""
        is_cut = self.status in ("stopped", "failed") or self.finish_reason == "length"
        is_ended = self.role == "assistant" and not self.is_unfinished
        return is_ended and bool(self.body) and is_cut and not self.is_full

    @property
    def can_retry(self) -> bool:
        """Whether the answer failed."""
        return self.status == "failed"

    @property
    def can_regenerate(self) -> bool:
        """Whether there is an answer, so that another version can be asked for."""
        return self.role == "assistant" and self.status in ("complete", "stopped")


def render_message(renderer: Renderer, message: MessageView, csrf_field: str = "") -> Markup:
    """Render `message` as one element with the id `message_element(message.id)`."""
    return renderer.partial(TEMPLATE, message=message, csrf_field=csrf_field).strip()


def render_footer(renderer: Renderer, message: MessageView) -> Markup:
    """Render the element below `message`: its state, and the actions."""
    return renderer.partial(FOOTER_TEMPLATE, message=message).strip()


def render_reasoning(renderer: Renderer, message: MessageView) -> Markup:
    """Render the closed details element with the reasoning."""
    return renderer.partial(REASONING_TEMPLATE, message=message).strip()


def render_wait(renderer: Renderer, until: datetime) -> Markup:
    """Render the notice that an answer shows while its endpoint asks to wait."""
    return renderer.partial(WAIT_TEMPLATE, until=until).strip()


def user_text(text: str) -> Markup:
    """Escape a person's text; the style sheet keeps its line breaks."""
    return escape(text)


def thinking_time(seconds: float | None) -> str:
    """Describe how long the model thought; None means that it still thinks."""
    if seconds is None:
        return "Thinking…"
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return f"Thought for {minutes} min {rest} s" if minutes else f"Thought for {rest} s"


def message_list_element(chat_id: int | str) -> str:
    """Id of the element whose direct children are the messages of a chat."""
    return f"chat-{chat_id}-message-list"


def message_element(message_id: int) -> str:
    """Id of a message's own element; the ids of its blocks begin with it too."""
    return f"message_{message_id}"


def footer_element(message_id: int) -> str:
    """Id of the element below a message that holds its state."""
    return f"message_{message_id}_footer"


def thinking_element(message_id: int) -> str:
    """Id of the element of an answer that is empty, or holds its reasoning."""
    return f"message_{message_id}_thinking"


def reasoning_element(message_id: int) -> str:
    """Id of the details element with an answer's reasoning; the ids in it begin with it too."""
    return f"message_{message_id}_reasoning"


def reasoning_summary_element(message_id: int) -> str:
    """Id of the line that shows while the reasoning is closed."""
    return f"message_{message_id}_reasoning_summary"
