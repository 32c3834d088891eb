"""The table of who may do what: every route of web, every verb that it has.

A path with an id is the owner's alone: nobody else finds it, administrators included. A path
without one is about the account that asks, or, where it says so, for strangers too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.routing import BaseRoute, Mount, Route


@dataclass(frozen=True, slots=True)
class Right:
    """What a request does for whom it is meant; `chat` and `message` name those in its path."""

    status: int
    fields: Mapping[str, str] = field(default_factory=dict)
    stranger: int | None = None
    """The status for strangers, where they are not sent to the sign-in page."""
    message: str = "answer"
    chat: str = "chat"


CHAT = "/chat/{chat_id}"
MESSAGES = f"{CHAT}/message"
MESSAGE = f"{MESSAGES}/{{message_id}}"
PROMPT = "/settings/prompts/{prompt_id}"
SIGN_IN = {"name": "nobody", "password": "nobody's words that are long"}

RIGHTS: dict[str, Right] = {
    "GET /": Right(303, stranger=303),
    "GET /static/manifest.webmanifest": Right(200, stranger=200),
    "GET /static/build": Right(307, stranger=307),
    "GET /live": Right(200, stranger=200),
    "GET /ready": Right(200, stranger=200),
    # A proxy passes on no request for the host name that it asks for.
    "GET /metrics": Right(200, stranger=200),
    "GET /sign-in/": Right(303, stranger=200),
    "POST /sign-in/": Right(422, SIGN_IN, stranger=422),
    "POST /sign-out/": Right(303, stranger=303),
    "GET /sign-up/": Right(403, stranger=403),
    "POST /sign-up/": Right(422, SIGN_IN, stranger=422),
    "GET /setup/": Right(303, stranger=303),
    "POST /setup/": Right(422, SIGN_IN, stranger=422),
    "GET /chat/": Right(303),
    "POST /chat/": Right(303),
    "GET /chat/stream/": Right(200),
    "GET /chat/list/": Right(200),
    "GET /chat/archived/": Right(200),
    "GET /chat/deleted/": Right(200),
    "GET /models/": Right(200),
    "POST /models/pin/": Right(303, {"model": "x"}),
    "GET /search/": Right(200),
    "GET /shortcuts/": Right(200),
    "GET /settings/": Right(200),
    "POST /settings/{name}/": Right(303, {"theme": "dark"}),
    "GET /settings/account/": Right(200),
    "POST /settings/account/password/": Right(422, {"present": "x", "new": "x"}),
    "POST /settings/account/delete/": Right(422, {"confirm": "x"}),
    "POST /settings/account/sessions/{session_id}/end/": Right(303),
    "GET /settings/prompts/": Right(200),
    "POST /settings/prompts/": Right(303, {"name": "One", "content": "Two"}),
    "GET /settings/prompts/menu/": Right(200),
    f"GET {PROMPT}/": Right(200),
    f"POST {PROMPT}/": Right(303, {"name": "One", "content": "Two"}),
    f"POST {PROMPT}/delete/": Right(303),
    f"GET {CHAT}/menu/": Right(200),
    f"GET {CHAT}/rename/": Right(200),
    f"POST {CHAT}/rename/": Right(303, {"title": "Mine"}),
    f"POST {CHAT}/pin/": Right(303),
    f"POST {CHAT}/unpin/": Right(303),
    f"POST {CHAT}/archive/": Right(303),
    f"POST {CHAT}/unarchive/": Right(303),
    f"POST {CHAT}/seen/": Right(204),
    f"POST {CHAT}/delete/": Right(303),
    f"POST {CHAT}/restore/": Right(303, chat="deleted"),
    f"GET {CHAT}/model/": Right(200),
    f"POST {CHAT}/model/": Right(303, {"temperature": "1"}),
    f"GET {MESSAGES}/list/": Right(200),
    f"GET {MESSAGES}/stream/": Right(200),
    f"GET {MESSAGES}/create/": Right(200),
    f"POST {MESSAGES}/create/": Right(303, {"content": "Hello"}),
    f"GET {MESSAGE}/menu/": Right(200),
    f"GET {MESSAGE}/markdown/": Right(200),
    f"GET {MESSAGE}/edit/": Right(200, message="question"),
    f"POST {MESSAGE}/edit/": Right(303, {"content": "Hello"}, message="question"),
    f"POST {MESSAGE}/show/": Right(303),
    f"POST {MESSAGE}/fork/": Right(303),
    f"POST {MESSAGE}/stop/": Right(303),
    f"POST {MESSAGE}/retry/": Right(303),
    f"POST {MESSAGE}/continue/": Right(303),
    # An answer that failed is tried again instead.
    f"POST {MESSAGE}/regenerate/": Right(409),
    # The last one, since it ends the session that asks.
    "POST /settings/account/sessions/end/": Right(303),
}


def routes_of(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[str]:
    """List every verb and path of an application; what is mounted whole has GET."""
    for route in routes:
        if isinstance(route, Mount):
            path = prefix + route.path_format.removesuffix("/{path}")
            yield from routes_of(route.routes, path) if route.routes else [f"GET {path}"]
        else:
            assert isinstance(route, Route), route
            for verb in (route.methods or set()) - {"HEAD"}:
                yield f"{verb} {prefix}{route.path_format}"
