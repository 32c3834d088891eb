"""What of a path is the base path, where a proxy may have taken that away."""

from itertools import product

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from services.shared.process.base_path import check_base_path
from services.web.middleware.base_path import BelowBasePath

# The last are named like paths of web's own.
BASE_PATHS = ("/natter", "/natter/a-b.c_d~e", "/chat", "/chat/7", "/chat/chat", "/static")
PATHS = (
    "/chat/",
    "/chat/7/message/list/",
    "/chat/7/message/8/edit/",
    "/static/build/a.js",
    "/live",
)

WRONG = (
    *("natter", "natter/", "//", "//natter", "/natter//", "/a//b", "https://a.example/natter"),
    *("/..", "/../natter", "/natter/.", "/natter/../b", "/natter?a=b", "/natter#a", "/na tter"),
    *("/%2e%2e", "/n%61tter", "/natter\\", "/natter;a", "/näher", "/natter\n", '/"', "/<b>"),
    *("/{}", "/{{ url }}", "/natter&amp;", "/٣", "/$uri", "/a:b", "/@a", "/*"),
)


async def show(request: Request) -> Response:
    assert request.scope["raw_path"].decode() == request.url.path
    return PlainTextResponse(request.url.path)


def client(base_path: str) -> httpx2.AsyncClient:
    routes = [
        Route("/", show),
        Route("/chat/{chat_id:int}/message/{message_id:int}/edit/", show),
        Mount("/chat/{chat_id:int}/message", routes=[Route("/list/", show)]),
        Mount("/chat", routes=[Route("/", show)]),
        Route("/live", show),
        Mount("/static/build", app=PlainTextResponse("built")),
    ]
    below = Middleware(BelowBasePath, base_path=base_path, routes=routes)
    app = Starlette(routes=routes, middleware=[below])
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost")


async def test_both_ways_lead_to_the_same() -> None:
    for base_path, path in product(BASE_PATHS, PATHS):
        async with client(base_path) as web:
            kept, taken_away = await web.get(base_path + path), await web.get(path)
        assert kept.status_code == taken_away.status_code == 200, (base_path, path)
        assert kept.text == taken_away.text
        assert kept.text in (base_path + path, "built")


async def test_the_root_is_found_both_ways() -> None:
    for base_path in BASE_PATHS:
        async with client(base_path) as web:
            for path in (base_path, f"{base_path}/", "/"):
                found = await web.get(path, follow_redirects=True)
                assert found.status_code == 200, (base_path, path)
                assert found.text.startswith(f"{base_path}/")


@pytest.mark.parametrize("path", ["/natterer/chat/", "/nothing", "/natter/nothing", "/chat/x/"])
async def test_what_is_nowhere_stays_so(path: str) -> None:
    async with client("/natter") as web:
        assert (await web.get(path)).status_code == 404


async def test_a_redirect_to_the_last_slash_stays_below_the_path() -> None:
    async with client("/natter") as web:
        for path in ("/natter/chat/7/message/list", "/chat/7/message/list"):
            location = (await web.get(path)).headers["location"]
            assert location == "http://localhost/natter/chat/7/message/list/"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/", ""),
        ("", ""),
        ("/natter", "/natter"),
        ("/natter/", "/natter"),
        ("/a/b-c_d.e~f/", "/a/b-c_d.e~f"),
        ("/.well-known/...", "/.well-known/..."),
    ],
)
def test_a_base_path_is_written_with_a_last_slash_or_without(written: str, meant: str) -> None:
    assert check_base_path(written) == meant


def test_what_is_no_base_path_is_refused() -> None:
    for written in WRONG:
        with pytest.raises(ValueError, match="a base path is written as `/natter`"):
            check_base_path(written)
