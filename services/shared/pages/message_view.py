"""What a message looks like: one template for the page, the form's answer and the socket."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from markupsafe import Markup, escape

from services.shared.bus.endpoint_details import EndpointDetails
from services.shared.bus.messages import Versions
from services.shared.pages.failures import Explanation, explain, facts
from services.shared.pages.rendering import Renderer

type Status = Literal["waiting", "queued", "streaming", "complete", "stopped", "failed"]
"""`waiting` for an earlier answer of the chat, `queued` for a worker, `streaming` from one."""

TEMPLATE: Final = "_message.html"
FOOTER_TEMPLATE: Final = "_message_footer.html"
REASONING_TEMPLATE: Final = "_reasoning.html"
WAIT_TEMPLATE: Final = "_wait.html"

UNFINISHED: Final = frozenset({"waiting", "queued", "streaming"})


@dataclass(frozen=True, slots=True)
class ReasoningView:
    """What the model thought before it answered; `seconds` is None while it still thinks."""

    body: Markup
    tail: Markup = field(default_factory=Markup)
    seconds: float | None = None

    @property
    def summary(self) -> str:
        """Tell a reader how long the model thought, or that it does."""
        return thinking_time(self.seconds)


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message as the template takes it; `body` and `tail` are finished and open HTML.

    One that `is_full` has no room for more.
    """

    chat_id: int
    id: int
    role: Literal["user", "assistant"]
    status: Status
    body: Markup
    tail: Markup = field(default_factory=Markup)
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
        """More of the message will come."""
        return self.status in UNFINISHED

    @property
    def explanation(self) -> Explanation:
        """Tell a reader why the answer failed."""
        return explain(self.error, self.details)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Tell what is known of the endpoint's part, each fact with its label."""
        return list(facts(self.details))

    @property
    def tool(self) -> str | None:
        """Name the tool that the model asked for beside what it said."""
        is_beside = self.status == "complete" and self.details is not None
        return self.details.tool if is_beside and self.details else None

    @property
    def wants_new_chat(self) -> bool:
        """Another chat is what helps."""
        return self.error in ("context_length", "connection_missing")

    @property
    def can_continue(self) -> bool:
        """There is a text that ended before its end, and room for the rest."""
        is_cut = self.status in ("stopped", "failed") or self.finish_reason == "length"
        is_ended = self.role == "assistant" and not self.is_unfinished
        return is_ended and bool(self.body) and is_cut and not self.is_full

    @property
    def can_retry(self) -> bool:
        """The answer failed."""
        return self.status == "failed"

    @property
    def can_regenerate(self) -> bool:
        """There is an answer, beside which another can be asked for."""
        return self.role == "assistant" and self.status in ("complete", "stopped")


def render_message(renderer: Renderer, message: MessageView) -> Markup:
    """Render `message` as one element with the id `message_element(message.id)`."""
    return renderer.partial(TEMPLATE, message=message).strip()


def render_footer(renderer: Renderer, message: MessageView) -> Markup:
    """Render what stands below `message` as one element: its state, and what can be done."""
    return renderer.partial(FOOTER_TEMPLATE, message=message).strip()


def render_reasoning(renderer: Renderer, message: MessageView) -> Markup:
    """Render the closed details element with what the model thought."""
    return renderer.partial(REASONING_TEMPLATE, message=message).strip()


def render_wait(renderer: Renderer, until: datetime) -> Markup:
    """Render what stands in an answer's place while its endpoint asks to wait."""
    return renderer.partial(WAIT_TEMPLATE, until=until).strip()


def user_text(text: str) -> Markup:
    """Show what a person wrote as they wrote it; the style sheet keeps its line breaks."""
    return escape(text)


def thinking_time(seconds: float | None) -> str:
    """Tell a reader how long the model thought, None where it still does."""
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
