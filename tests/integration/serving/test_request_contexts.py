"""Each request begins in a context of its own, also on a connection that has had others."""

from contextvars import ContextVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.rude_client import answer_to
from tests.support.servers import serving

NAMED: ContextVar[str] = ContextVar("NAMED", default="nobody")
BODY = b"x" * 1_000_000


async def _name(request: Request) -> Response:
    before = NAMED.get()
    NAMED.set("the one before")
    await request.body()
    return PlainTextResponse(f"<{before}>")


def app() -> Starlette:
    return Starlette(routes=[Route("/", _name, methods=["GET", "POST"])])


async def test_a_context_variable_is_not_visible_to_the_next_pipelined_request() -> None:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    async with serving(app()) as address:
        answers = await answer_to(address, request + last)
    assert answers.count("<nobody>") == 2


async def test_nor_to_a_request_after_a_large_body() -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n" % len(BODY)
    requests = head + b"\r\n" + BODY + head + b"Connection: close\r\n\r\n" + BODY
    async with serving(app()) as address:
        answers = await answer_to(address, requests)
    assert answers.count("<nobody>") == 2
