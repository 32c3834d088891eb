"""Publishes one answer to the open pages of its chat: begun, growing, ended."""

from collections.abc import Sequence

from markupsafe import Markup

from services.shared.bus.errors import MessageTooLargeError
from services.shared.bus.fence import Fence
from services.shared.markdown import Change
from services.shared.pages.message_view import (
    MessageView,
    footer_element,
    message_element,
    render_footer,
    render_message,
)
from services.shared.pages.rendering import Renderer
from services.shared.pages.turbo import change, refresh, replace, update


class Broadcast:
    """Publishes one attempt at an answer as Turbo Streams of the chat's group, within its fence.

    Every method returns the number of its publication in `TURBO_STREAM`. It raises `PublishError`
    where the bus is away, and what the fence raises where this attempt may no longer publish.
    With `continues`, pages keep the reasoning that they show until the answer has its own. Pages
    reload themselves instead of what is too large for one message.
    """

    def __init__(
        self, fence: Fence, renderer: Renderer, name: str, *, continues: bool = False
    ) -> None:
        self._renderer = renderer
        self._name = name
        self._fence = fence
        self._continues = continues
        self._published = 0

    async def show(self, view: MessageView) -> int:
        """Replace the message: an earlier attempt may have shown something else."""
        return await self._publish(self._whole(view))

    async def grow(self, changes: Sequence[Change]) -> int:
        """Show the changes, all in one publication."""
        return await self._publish(_streams(changes))

    async def end(self, view: MessageView, changes: Sequence[Change], *, whole: bool) -> int:
        """Show the last changes and how the message ended; `whole` replaces the message instead."""
        if whole:
            return await self.show(view)
        return await self._publish(_streams(changes) + self._footer(view))

    def _whole(self, view: MessageView) -> Markup:
        if self._continues and view.reasoning is None:
            # The reasoning of the part that is continued stays on the pages.
            name = message_element(view.id)
            text = update(f"{name}_done", view.body) + update(f"{name}_tail", view.open_end)
            return text + self._footer(view)
        return replace(message_element(view.id), render_message(self._renderer, view), morph=True)

    def _footer(self, view: MessageView) -> Markup:
        return replace(footer_element(view.id), render_footer(self._renderer, view))

    async def _publish(self, streams: Markup) -> int:
        self._published += 1
        try:
            return await self._store(streams)
        except MessageTooLargeError:
            return await self._store(refresh())

    async def _store(self, streams: Markup) -> int:
        message_id = f"answer-{self._name}-{self._published}"
        # While a try waits for the bus, another worker may begin: hence the fence.
        ack = await self._fence.publish(streams.encode(), message_id)
        return ack.seq


def _streams(changes: Sequence[Change]) -> Markup:
    return Markup().join(change(each.action, each.target, each.html) for each in changes)
