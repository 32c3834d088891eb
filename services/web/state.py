"""The state of a request: the lifespan's, and what guards add to it."""

from collections.abc import Awaitable, Callable
from typing import NotRequired, TypedDict

from services.shared.bus.connection import Bus
from services.shared.stream_token import StreamKeys
from services.web.accounts.model import Account
from services.web.accounts.passwords import Passwords
from services.web.accounts.sessions.model import Session
from services.web.answers.model import AnswerContext
from services.web.chats.model import Chat
from services.web.db.pool import Pool
from services.web.db.relay import Relay
from services.web.draining import Draining
from services.web.messages.model import Message
from services.web.models.catalogue import ModelCatalogue
from services.web.prompts.model import Prompt
from services.web.rendering.templates import Templates
from services.web.settings import WebSettings
from services.web.streams.head import StreamHead


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state"); each request has its own copy."""

    settings: WebSettings
    pool: Pool
    bus: Bus
    relay: Relay
    wake_dispatcher: Callable[[], None]
    answer_context: AnswerContext
    stream_head: StreamHead
    catalogue: ModelCatalogue
    stream_keys: StreamKeys
    templates: Templates
    draining: Draining
    passwords: Passwords
    account: NotRequired[Account]
    session: NotRequired[Session]
    check_session: NotRequired[Callable[[], Awaitable[None]]]
    chat: NotRequired[Chat]
    message: NotRequired[Message]
    prompt: NotRequired[Prompt]
