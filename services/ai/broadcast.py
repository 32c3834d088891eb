"""What the open pages of a chat see of one answer: begun, growing, ended."""

from markupsafe import Markup

from services.shared.bus import Bus
from services.shared.markdown import Update
from services.shared.message_view import (
    MessageView,
    done_element,
    error_sentence,
    message_element,
    render_message,
    tail_element,
)
from services.shared.messages import AnswerJob, AnswerResult
from services.shared.rendering import Renderer
from services.shared.subjects import check_group, turbo_stream_subject
from services.shared.turbo import append, refresh, replace, update


class Broadcast:
    """Publishes one attempt at an answer as Turbo Streams of the chat's group, in order."""

    def __init__(self, bus: Bus, renderer: Renderer, job: AnswerJob, attempt: str) -> None:
        self._bus = bus
        self._renderer = renderer
        self._message_id = job.message_id
        self._subject = turbo_stream_subject(check_group(job.group))
        self._attempt = attempt
        self._published = 0

    async def begin(self) -> None:
        """Show the message as being written, and empty: an earlier attempt may have filled it."""
        view = MessageView(self._message_id, "assistant", "streaming", body=Markup(), tail=Markup())
        await self._publish(self._replace(view))

    async def grow(self, change: Update) -> None:
        """Add finished blocks and show the open tail, both in one frame."""
        tail = update(tail_element(self._message_id), change.tail)
        blocks = Markup().join(block.html for block in change.blocks)
        streams = append(done_element(self._message_id), blocks) + tail if blocks else tail
        if self._fits(streams):
            await self._publish(streams)

    async def end(self, result: AnswerResult, body: Markup) -> None:
        """Show the message as it will be stored; a page that missed a part has it all again.

        `body` is the canonical HTML of the result's text.
        """
        view = MessageView(
            self._message_id,
            "assistant",
            result.status,
            body=body,
            tail=Markup(),
            error=error_sentence(result.error) if result.error else None,
        )
        streams = self._replace(view)
        await self._publish(streams if self._fits(streams) else refresh())

    def _replace(self, view: MessageView) -> Markup:
        return replace(message_element(view.id), render_message(self._renderer, view), morph=True)

    def _fits(self, streams: Markup) -> bool:
        return self._bus.fits(streams.encode(), self._next_id)

    async def _publish(self, streams: Markup) -> None:
        message_id = self._next_id
        self._published += 1
        await self._bus.publish(self._subject, streams.encode(), message_id)

    @property
    def _next_id(self) -> str:
        return f"answer-{self._message_id}-{self._attempt}-{self._published + 1}"
