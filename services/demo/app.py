"""Puts the demo endpoint together: its routes, its counts and its errors."""

from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.demo.answer_count import AnswerCount
from services.demo.completions import complete
from services.demo.errors import InvalidRequestError, answer_error
from services.demo.models import find_model, list_models
from services.demo.settings import DemoSettings
from services.shared.process.hosts import ListedHosts, OneHost


def create_app(settings: DemoSettings) -> Starlette:
    """Build the endpoint. It needs no key and accepts any."""
    answered = (InvalidRequestError, HTTPException, ClientDisconnect, Exception)
    app = Starlette(
        routes=_Endpoint(settings).routes(),
        middleware=[
            Middleware(OneHost),
            Middleware(ListedHosts, allowed=settings.allowed_hosts),
        ],
        exception_handlers=dict.fromkeys(answered, answer_error),
    )
    # A redirect would send a POST to a path that does not exist either.
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Endpoint:
    settings: DemoSettings
    count: AnswerCount = field(default_factory=AnswerCount)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/v1/models", self.models),
            Route("/v1/models/{name:path}", self.model),
            Route("/v1/chat/completions", self.completions, methods=["POST"]),
            Route("/demo/stats", self.stats),
            Route("/demo/closings", self.closings),
            Route("/health", self.health),
        ]

    async def models(self, _request: Request) -> Response:
        return JSONResponse(list_models())

    async def model(self, request: Request) -> Response:
        return JSONResponse(find_model(request.path_params["name"]))

    async def completions(self, request: Request) -> Response:
        return await complete(request, self.settings, self.count)

    async def stats(self, _request: Request) -> Response:
        return JSONResponse(self.count.figures())

    async def closings(self, _request: Request) -> Response:
        return JSONResponse(self.count.closed_early())

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})
