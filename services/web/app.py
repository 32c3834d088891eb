"""The web service as an ASGI application: routes, middleware, error pages."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from services.shared.highlighting.highlighter import Highlighter
from services.shared.process.health import health_routes
from services.shared.process.hosts import OneHost
from services.shared.process.metrics import metrics_route
from services.web.accounts import controller as accounts
from services.web.accounts import sign_up_controller as sign_up
from services.web.accounts.guards import has_accounts, signed_in
from services.web.answers import controller as answers
from services.web.answers import deletion
from services.web.chats import chat_controller as chat
from services.web.chats import controller as chats
from services.web.chats.guards import owns_chat, owns_stored_chat
from services.web.db.migrate import pending
from services.web.db.pool import connection
from services.web.draining import Draining, DrainingError
from services.web.error_pages import show_app_error, show_http_error, show_unforeseen
from services.web.errors import AppError
from services.web.installing import MANIFEST_PATH, manifest
from services.web.lifespan import lifespan
from services.web.live import controller as live
from services.web.messages import controller as messages
from services.web.messages.guards import owns_message
from services.web.metrics import WebMetrics
from services.web.middleware.base_path import BelowBasePath
from services.web.middleware.body_limit import BodyLimit
from services.web.middleware.csrf_token import CsrfToken
from services.web.middleware.deadlines import Deadlines
from services.web.middleware.last_responses import LastResponses
from services.web.middleware.request_log import RequestLog
from services.web.middleware.same_origin import SameOrigin
from services.web.middleware.security_headers import SecurityHeaders, content_security_policy
from services.web.middleware.trusted_hosts import TrustedHosts
from services.web.models import controller as models
from services.web.preferences import controller as preferences
from services.web.prompts import controller as prompts
from services.web.prompts.guards import owns_prompt
from services.web.removal import controller as removal
from services.web.rendering.assets import ASSETS_PATH, Assets
from services.web.rendering.templates import Templates
from services.web.rendering.texts import RenderedTexts
from services.web.routing import controller, see_other
from services.web.search import controller as search
from services.web.security import controller as security
from services.web.settings import WebSettings, http_address, origin
from services.web.state import State

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
# A password has 1,000 characters at most, of which each may take 12 bytes in a form.
MAX_ENTRANCE_BYTES: Final = 32 * 1024
ENTRANCES: Final = ("/sign-in", "/sign-out", "/sign-up", "/setup", "/settings/account")
# Not `allowed_hosts`: the proxy passes on requests for those names from everybody.
METRICS_HOSTS: Final = ("localhost",)
CHAT: Final = "/chat/{chat_id:id}"
MESSAGES: Final = f"{CHAT}/message"
ERROR_PAGES: Final = {
    AppError: show_app_error,
    HTTPException: show_http_error,
    Exception: show_unforeseen,
}


def create_app(settings: WebSettings) -> Starlette:
    """Build a web service, which opens its connections when it starts."""
    metrics = WebMetrics()
    draining = Draining(settings.drain_seconds)
    highlighter = Highlighter(metrics.highlighting)
    texts = RenderedTexts(highlighter)
    templates = Templates(texts, demo=settings.demo, base_path=settings.base_path)
    routes = _routes(metrics)
    return Starlette(
        routes=routes,
        middleware=_middleware(settings, routes, metrics, draining),
        exception_handlers=ERROR_PAGES,
        lifespan=lifespan(settings, templates, highlighter, metrics, draining),
    )


def _routes(metrics: WebMetrics) -> list[BaseRoute]:
    return [
        Route("/", _to_chats),
        Route(MANIFEST_PATH, manifest, methods=["GET"]),
        controller(
            f"{MESSAGES}/{{message_id:id}}",
            guards=[signed_in, owns_chat, owns_message],
            routes=[*messages.routes_of_message, *answers.routes_of_message],
        ),
        controller(
            MESSAGES,
            guards=[signed_in, owns_chat],
            routes=[*live.routes_of_chat(), *messages.routes_of_chat, *answers.routes_of_chat],
        ),
        controller(
            f"{CHAT}/restore", guards=[signed_in, owns_stored_chat], routes=chat.routes_of_restore
        ),
        controller(f"{CHAT}/model", guards=[signed_in, owns_chat], routes=models.routes_of_chat),
        controller(CHAT, guards=[signed_in, owns_chat], routes=[*chat.routes, *deletion.routes]),
        controller("/models", guards=[signed_in], routes=models.routes),
        controller("/chat", guards=[signed_in], routes=chats.routes),
        controller("/search", guards=[signed_in], routes=search.routes),
        controller("/sign-in", guards=[has_accounts], routes=accounts.routes_of_sign_in),
        controller("/sign-out", guards=[has_accounts], routes=accounts.routes_of_sign_out),
        controller("/sign-up", guards=[has_accounts], routes=sign_up.routes_of_sign_up),
        controller("/setup", guards=[has_accounts], routes=sign_up.routes_of_setup),
        controller(
            "/settings/account",
            guards=[has_accounts, signed_in],
            routes=[*security.routes, *removal.routes],
        ),
        controller(
            "/settings/prompts/{prompt_id:id}",
            guards=[signed_in, owns_prompt],
            routes=prompts.routes_of_prompt,
        ),
        controller("/settings/prompts", guards=[signed_in], routes=prompts.routes),
        controller("/settings", guards=[signed_in], routes=preferences.routes),
        controller("/shortcuts", guards=[signed_in], routes=preferences.routes_of_shortcuts),
        Mount(ASSETS_PATH, Assets()),
        *health_routes({"database": _check_database, "bus": _check_bus, "replica": _check_replica}),
        metrics_route(metrics.registry, METRICS_HOSTS),
    ]


def _middleware(
    settings: WebSettings,
    routes: Sequence[BaseRoute],
    metrics: WebMetrics,
    draining: Draining,
) -> list[Middleware]:
    # The gateway's WebSockets, and its event streams for proxies that block WebSockets.
    gateway = origin(settings.realtime_url or "")
    streams = [gateway, http_address(gateway)] if gateway else []
    below = Middleware(BelowBasePath, base_path=settings.base_path, routes=routes)
    return [
        Middleware(LastResponses, draining=draining),
        *([below] if settings.base_path else []),
        # Outside everything that refuses requests, so that it logs refusals too.
        Middleware(RequestLog, metrics=metrics, routes=routes),
        Middleware(Deadlines),
        Middleware(SecurityHeaders, policy=content_security_policy(streams)),
        Middleware(OneHost),
        Middleware(TrustedHosts, allowed=settings.allowed_hosts),
        # Starlette shows only errors of its routes; this shows those of the middleware below.
        Middleware(ExceptionMiddleware, handlers=ERROR_PAGES),
        Middleware(SameOrigin),
        Middleware(
            BodyLimit,
            limit=MAX_BODY_BYTES,
            small=ENTRANCES,
            small_limit=MAX_ENTRANCE_BYTES,
        ),
        Middleware(CsrfToken),
    ]


async def drain(state: dict[str, Any]) -> None:
    """Send clients to other replicas before the server stops; `state` is the lifespan's."""
    await state["draining"].run()


async def _to_chats(request: Request[State]) -> RedirectResponse:
    return see_other(request, "/chat/")


async def _check_bus(request: Request[State]) -> None:
    await request.state["bus"].check()


async def _check_database(request: Request[State]) -> None:
    async with connection(request.state["pool"]) as db:
        if await pending(db):
            raise RuntimeError("migrations are missing")


async def _check_replica(request: Request[State]) -> None:
    if request.state["draining"].has_begun:
        raise DrainingError
