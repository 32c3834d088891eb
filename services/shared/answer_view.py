"""What an answer that is still growing looks like, as far as its log tells."""

from dataclasses import replace

from services.shared.markdown import Splitter
from services.shared.message_view import (
    MessageView,
    ReasoningView,
    message_element,
    reasoning_element,
)
from services.shared.text_log import LoggedAnswer


def growing_view(view: MessageView, logged: LoggedAnswer) -> MessageView:
    """Show in `view` the text that is logged, so that the streams that follow go on from there."""
    text = Splitter(message_element(view.id), begun=logged.text)
    return replace(
        view,
        status="streaming",
        body=text.done,
        tail=text.tail,
        reasoning=growing_reasoning(view.id, logged),
        left_out=logged.left_out,
        restarted=logged.restarted,
    )


def growing_reasoning(message_id: int, logged: LoggedAnswer) -> ReasoningView | None:
    """Show what the model has thought, or None where it has not."""
    if not logged.reasoning:
        return None
    thoughts = Splitter(reasoning_element(message_id), begun=logged.reasoning)
    return ReasoningView(thoughts.done, thoughts.tail, logged.reasoning_seconds)
