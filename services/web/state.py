"""What the lifespan hands to every handler, and what guards add to it on the way."""

from typing import NotRequired, TypedDict

from services.shared.bus.connection import Bus
from services.shared.stream_token import StreamKeys
from services.web.accounts.model import Account
from services.web.chats.model import Chat
from services.web.db.pool import Pool
from services.web.departure import Departure
from services.web.messages.model import Message
from services.web.relay import Relay
from services.web.rendering import Templates
from services.web.settings import WebSettings
from services.web.stream_head import StreamHead


class State(TypedDict):
    """Typed lifespan state (Starlette, "Lifespan state"); each request has its own copy."""

    settings: WebSettings
    pool: Pool
    bus: Bus
    relay: Relay
    stream_head: StreamHead
    stream_keys: StreamKeys
    templates: Templates
    departure: Departure
    account: NotRequired[Account]
    chat: NotRequired[Chat]
    message: NotRequired[Message]
