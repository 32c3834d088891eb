"""What is a person's stays out of caches, and once over TLS is always over TLS."""

from services.web.rendering.assets import ASSETS_PATH
from tests.integration.web.middleware.checks import check_private, check_security
from tests.integration.web.natter import Natter
from tests.integration.web.pages import FRAME, action_path, form_path, list_path, send
from tests.support.stack import Web

TLS = {"x-forwarded-proto": "https", "host": "127.0.0.1"}
HSTS = "strict-transport-security"
PATHS = (
    *("/", "/chat/", "/chat", "/chat/list/", "/chat/list/?after=1", "/chat/archived/"),
    *("/chat/deleted/", "/chat/stream/", "/models/", "/search/", "/search/?q=hello", "/settings/"),
    *("/settings/prompts/", "/settings/prompts/menu/", "/shortcuts/", "/live", "/ready"),
    *("/nothing", "/chat/999/menu/", f"{ASSETS_PATH}/nothing.js", f"{ASSETS_PATH}/manifest.json"),
)
OF_CHAT = ("menu", "rename", "model", "message/list", "message/create", "message/stream")


async def test_no_cache_keeps_a_response_that_a_person_sees(natter: Natter) -> None:
    web, chat = natter.web, await natter.new_chat()
    answer = await natter.ask(chat)
    live = await web.client.head(f"{list_path(chat)}?wait=1")
    await natter.end(answer)
    own = [f"/chat/{chat}/{page}/" for page in OF_CHAT]
    own += [action_path(chat, answer, page) for page in ("menu", "markdown")]
    own += [action_path(chat, answer - 1, "edit"), f"{list_path(chat)}?around={answer}"]
    responses = [
        live,
        *[await web.client.get(path) for path in (*PATHS, *own)],
        *[await web.client.get(path, headers=FRAME) for path in (list_path(chat), form_path(chat))],
        *[await send(web, chat, text) for text in ("Hello", "")],
        await web.client.post("/chat/"),
        await web.client.post("/chat/", headers={"sec-fetch-site": "cross-site"}),
        await web.client.request("BREW", "/chat/"),
    ]
    for response in responses:
        check_private(response)
        check_security(response)


async def test_caches_may_keep_what_is_the_same_for_everybody(web: Web) -> None:
    manifest = (await web.client.get(f"{ASSETS_PATH}/manifest.json")).json()
    for name in manifest.values():
        asset = await web.client.get(f"{ASSETS_PATH}/{name}")
        assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "vary" not in asset.headers
        check_security(asset)
    installing = await web.client.get("/static/manifest.webmanifest")
    assert installing.headers["cache-control"] == "no-cache"
    check_security(installing)


async def test_only_over_tls_a_response_asks_for_tls_from_now_on(web: Web) -> None:
    for path in ("/chat/archived/", "/nothing", "/live", "/", f"{ASSETS_PATH}/manifest.json"):
        assert HSTS not in (await web.client.get(path)).headers
        secured = await web.client.get(path, headers=TLS)
        assert secured.headers.get_list(HSTS) == ["max-age=31536000"], path
    # The policy would be for other programs on this machine as well.
    local = await web.client.get("/live", headers={**TLS, "host": "localhost:8000"})
    assert HSTS not in local.headers
