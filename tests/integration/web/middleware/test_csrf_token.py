"""Forms of browsers that do not say where a request comes from: they carry their session's token.

A browser of that kind is w3m; Lynx and Dillo are others.
"""

import re
from secrets import token_urlsafe

import httpx2
from markupsafe import escape

from services.web.csrf import CSRF_FIELD
from services.web.session_cookie import LOOPBACK_NAME, csrf_token
from tests.integration.web.middleware.checks import check_error_page
from tests.integration.web.natter import Natter, logged
from tests.integration.web.pages import action_path, form_path, list_path, messages_in, new_chat
from tests.support.stack import Web

SESSION = token_urlsafe(32)
OTHER = token_urlsafe(32)
COOKIE = {"cookie": f"theme=dark; {LOOPBACK_NAME}={SESSION}"}
TOKEN = csrf_token(SESSION)
FIELD = f'<input type="hidden" name="{CSRF_FIELD}" value="{escape(TOKEN)}">'
POST_FORM = re.compile(r'<form\b(?:"[^"]*"|[^">])*method="post"(?:"[^"]*"|[^">])*>\s*(.{0,200})')
WRONG = ("", "x", csrf_token(OTHER), SESSION, TOKEN.upper(), TOKEN[:-1], f"{TOKEN}\n", "é")
MODERN = ({"sec-fetch-site": "same-origin"}, {"origin": "http://{host}"})


async def post(web: Web, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await web.client.post(path, data=fields, headers=COOKIE | given)


def check_forms(html: str, page: str) -> None:
    forms = POST_FORM.findall(html)
    assert forms, page
    assert [form for form in forms if not form.startswith(FIELD)] == [], page


async def count(web: Web, chat: int) -> int:
    return len(messages_in((await web.client.get(list_path(chat))).text))


async def test_a_session_without_its_token_changes_nothing(web: Web) -> None:
    chat = await new_chat(web)
    for token in WRONG:
        fields = {"content": "Hello", CSRF_FIELD: token}
        refused = await post(web, form_path(chat), fields)
        check_error_page(refused, 403)
        assert "reload the page, and send it again" in refused.text
    check_error_page(await post(web, form_path(chat), {"content": "Hello"}), 403)
    in_header = await post(web, form_path(chat), {CSRF_FIELD: TOKEN}, x_csrf_token=TOKEN[1:])
    check_error_page(in_header, 403)
    check_error_page(await web.client.post("/chat/", headers=COOKIE), 403)
    check_error_page(await web.client.request("DELETE", "/chat/", headers=COOKIE), 403)
    no_form = COOKIE | {"content-type": "application/json"}
    json = await web.client.post("/chat/", content=f'{{"csrf_token": "{TOKEN}"}}', headers=no_form)
    check_error_page(json, 403)
    assert await count(web, chat) == 0


async def test_with_its_token_the_application_gets_all_of_the_form(web: Web) -> None:
    chat = await new_chat(web)
    text = "é ☃\n" * 5000
    sent = await post(web, form_path(chat), {"content": text, CSRF_FIELD: TOKEN})
    assert sent.status_code == 303
    parts = {"content": (None, "In parts"), CSRF_FIELD: (None, TOKEN)}
    in_parts = await web.client.post(form_path(chat), files=parts, headers=COOKIE)
    assert in_parts.status_code == 303
    sent = await post(web, form_path(chat), {"content": "Hello"}, x_csrf_token=TOKEN)
    assert sent.status_code == 303
    assert await count(web, chat) == 6
    first = messages_in((await web.client.get(list_path(chat))).text)[0][0]
    stored = await web.client.get(action_path(chat, first, "markdown"))
    assert stored.text == text.strip()


async def test_a_browser_that_tells_and_a_client_without_a_session_need_none(web: Web) -> None:
    for headers in MODERN:
        own = {name: value.format(host=web.address) for name, value in headers.items()}
        assert (await post(web, "/chat/", {}, **own)).status_code == 303
    for cookie in ("", "theme=dark", f"{LOOPBACK_NAME}=short", f"__Host-{LOOPBACK_NAME}={SESSION}"):
        plain = await web.client.post("/chat/", headers={"cookie": cookie})
        assert plain.status_code == 303, cookie


async def test_every_form_of_every_page_carries_it_for_them_alone(natter: Natter) -> None:
    web, chat, other = natter.web, await natter.new_chat(), await natter.new_chat()
    answer = await natter.ask(chat)
    await natter.end(answer)
    second = await natter.ask(chat)
    await natter.end(second, status="failed", text="", error="auth")
    for path in (f"/chat/{other}/archive/", "/settings/prompts/"):
        await web.client.post(path, data={"name": "one", "content": "Two"})
    pages = [
        list_path(chat),
        f"{list_path(chat)}?around={answer}",
        *(f"/chat/{chat}/{page}/" for page in ("menu", "rename", "model", "message/create")),
        action_path(chat, answer, "menu"),
        action_path(chat, answer - 1, "edit"),
        *("/chat/archived/", "/models/", "/search/?q=one", "/settings/", "/shortcuts/"),
        *("/settings/prompts/", "/settings/prompts/1/"),
    ]
    for page in pages:
        shown = await web.client.get(page, headers=COOKIE)
        check_forms(shown.text, page)
        for headers in ({}, COOKIE | {"sec-fetch-site": "none"}):
            assert CSRF_FIELD not in (await web.client.get(page, headers=headers)).text


async def test_a_page_that_grows_carries_it_with_each_message(natter: Natter) -> None:
    chat = await natter.new_chat()
    answer = await natter.ask(chat)
    later = await natter.ask(chat)
    await natter.write_log(answer, logged("One.\n\nTwo."))
    headers = COOKIE | {"accept": "*/*"}
    async with natter.web.client.stream("GET", list_path(chat), headers=headers) as growing:
        parts = growing.aiter_text()
        page = ""
        while "One." not in page:
            page += await anext(parts)
        await natter.end(answer)
        await natter.end(later)
        page += "".join([part async for part in parts])
    check_forms(page, "growing")
    for message in (answer, later):
        regenerate = page.index(action_path(chat, message, "regenerate"))
        assert FIELD in page[regenerate : regenerate + 400]
