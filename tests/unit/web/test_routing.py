"""Controllers: guards in order, before a route is even looked for."""

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.web.errors import AppError, NotFoundError
from services.web.routing import Guard, controller
from services.web.state import State


async def show(request: Request[State]) -> Response:
    return PlainTextResponse(str(request.path_params["thing_id"]))


async def refuse(_request: Request[State]) -> None:
    raise NotFoundError


async def show_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return PlainTextResponse("refused", status_code=error.status)


def noting(seen: list[str], name: str) -> Guard:
    async def note(request: Request[State]) -> None:
        seen.append(f"{name} {request.path_params['thing_id']!r}")

    return note


def client(*guards: Guard) -> httpx2.AsyncClient:
    routes = [Route("/show/", show, methods=["GET"])]
    app = Starlette(
        routes=[controller("/thing/{thing_id:id}", routes=routes, guards=guards)],
        middleware=[Middleware(ExceptionMiddleware, handlers={AppError: show_error})],
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost")


async def test_guards_run_in_order_and_know_the_path() -> None:
    seen: list[str] = []
    async with client(noting(seen, "first"), noting(seen, "second")) as web:
        response = await web.get("/thing/7/show/")
    assert (response.status_code, response.text) == (200, "7")
    assert seen == ["first 7", "second 7"]


async def test_the_first_refusal_is_the_last_word() -> None:
    seen: list[str] = []
    async with client(noting(seen, "first"), refuse, noting(seen, "never")) as web:
        assert (await web.get("/thing/7/show/")).text == "refused"
    assert seen == ["first 7"]


@pytest.mark.parametrize("path", ["/thing/7/show/", "/thing/7/nothing/", "/thing/7/", "/thing/7"])
async def test_a_stranger_learns_nothing_of_what_is_there(path: str) -> None:
    async with client(refuse) as web:
        for verb in ("GET", "POST", "DELETE", "OPTIONS", "HEAD"):
            response = await web.request(verb, path, follow_redirects=True)
            assert response.status_code == 404, verb
            assert "allow" not in response.headers


async def test_behind_the_guards_the_router_answers_as_ever() -> None:
    async with client(noting([], "one")) as web:
        assert (await web.get("/thing/7/nothing/")).status_code == 404
        wrong_verb = await web.post("/thing/7/show/")
    assert wrong_verb.status_code == 405
    assert set(wrong_verb.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("thing", ["0", "01", "-1", "x", "1.0", "1" * 19, "%D9%A1", "1%0A"])
async def test_what_is_no_id_reaches_no_guard(thing: str) -> None:
    seen: list[str] = []
    async with client(noting(seen, "one")) as web:
        assert (await web.get(f"/thing/{thing}/show/")).status_code == 404
    assert seen == []
