"""What templates and Turbo Streams are given of a message."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from markupsafe import Markup, escape

from services.shared.markdown import render
from services.shared.message_view import (
    MessageView,
    error_sentence,
    message_element,
    message_list_element,
    render_message,
    user_text,
)
from services.shared.rendering import Renderer
from services.shared.subjects import chat_group
from services.shared.turbo import append, update
from services.web.messages.model import Exchange, Message
from services.web.settings import http_address


@dataclass(frozen=True, slots=True)
class StreamSourceView:
    """Where the chat's Turbo Streams come from, as the page's stream source is told.

    `since` is a cursor, or a text that is none: then the gateway has the page read again.
    """

    src: str
    sse: str
    token: str
    token_url: str
    since: str


def stream_source(chat_id: int, gateway: str, token: str, since: object) -> StreamSourceView:
    """Describe the source of a chat.

    `gateway` is an address such as `wss://live.example.org`, or empty: then the browser goes where
    the page came from, which only it knows for certain behind proxies.
    """
    group = chat_group(chat_id)
    return StreamSourceView(
        src=f"{gateway}/ws/turbo_stream/{group}/",
        sse=f"{http_address(gateway) if gateway else gateway}/sse/turbo_stream/{group}/",
        token=token,
        token_url=f"/chat/{chat_id}/message/stream/",
        since=str(since or "none"),
    )


@dataclass(frozen=True, slots=True)
class FormView:
    """The composer: what was typed, a fresh key, and a sentence for each field at fault."""

    content: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid4()))


def message_view(message: Message) -> MessageView:
    """Show a stored message: a person's as it was typed, an answer as rendered markdown."""
    return MessageView(
        id=message.id,
        role=message.role,
        status=message.status,
        body=_body(message),
        tail=Markup(),
        error=error_sentence(message.error) if message.error else None,
    )


def exchange_streams(renderer: Renderer, chat_id: int, exchange: Exchange) -> Markup:
    """Add a message and its answer to the end of every open page of the chat."""
    return _appended(renderer, chat_id, [exchange.question, exchange.answer])


def title_streams(chat_id: int, title: str) -> Markup:
    """Write a chat's title into the sidebar, the heading and the tab of every open page of it."""
    name = escape(title)
    places = {"title": name, "heading": name, "page-title": name + " · Natter"}
    return Markup().join(update(f"chat-{chat_id}-{place}", text) for place, text in places.items())


def _appended(renderer: Renderer, chat_id: int, messages: Iterable[Message]) -> Markup:
    target = message_list_element(chat_id)
    return Markup().join(
        append(target, render_message(renderer, message_view(message))) for message in messages
    )


def _body(message: Message) -> Markup:
    if message.role == "user":
        return user_text(message.content)
    return render(message.content, id_prefix=message_element(message.id))
