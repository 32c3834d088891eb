"""Prompts are kept, changed, deleted, and put into the message box."""

import re
from html import unescape

import pytest

from services.web.db.pool import Connection
from services.web.prompts.controller import MOST_PROMPTS
from tests.integration.web.pages import form_path, new_chat, text_in_the_box
from tests.support.stack import Web

LIST = "/settings/prompts/"
MENU = f"{LIST}menu/"


async def keep(web: Web, name: str = "Sum", content: str = "Sum this up:") -> int:
    """Store a prompt; return its id."""
    answer = await web.client.post(LIST, data={"name": name, "content": content})
    assert (answer.status_code, answer.headers["location"]) == (303, LIST)
    return max(map(int, re.findall(r'id="prompt_(\d+)"', (await web.client.get(LIST)).text)))


def errors(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'class="field__error"[^>]*>(.*?)</p>', html)]


async def test_prompts_are_listed_by_name_with_their_texts(web: Web) -> None:
    await keep(web, "beta", "<b>Second</b>")
    await keep(web, " Alpha \n one ", "\r\nFirst\r\nline  ")
    page = (await web.client.get(LIST)).text
    assert re.findall(r'class="prompt__name"[^>]*>(.*?)<', page) == ["Alpha one", "beta"]
    texts = re.findall(r'class="prompt__text"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert texts == ["First\nline", "&lt;b&gt;Second&lt;/b&gt;"]


async def test_a_prompt_is_changed(web: Web) -> None:
    prompt = await keep(web)
    form = (await web.client.get(f"{LIST}{prompt}/")).text
    assert 'value="Sum"' in form
    assert ">\nSum this up:</textarea>" in form
    changed = {"name": "Short", "content": "In one sentence:"}
    answer = await web.client.post(f"{LIST}{prompt}/", data=changed)
    assert answer.status_code == 303
    page = (await web.client.get(LIST)).text
    assert "In one sentence:" in page
    assert "Sum this up:" not in page


async def test_a_prompt_is_deleted_and_stays_deleted(web: Web) -> None:
    prompt, other = await keep(web), await keep(web, "Other")
    answer = await web.client.post(f"{LIST}{prompt}/delete/")
    assert (answer.status_code, answer.headers["location"]) == (303, LIST)
    assert (await web.client.post(f"{LIST}{prompt}/delete/")).status_code == 404
    assert re.findall(r'id="prompt_(\d+)"', (await web.client.get(LIST)).text) == [str(other)]
    assert (await web.client.get(f"{LIST}{prompt}/")).status_code == 404
    gone = await web.client.post(f"{LIST}{prompt}/", data={"name": "a", "content": "b"})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "sentences"),
    [
        ("", "", ["Give the prompt a name.", "Write the text of the prompt."]),
        (" \n ", "Text", ["Give the prompt a name."]),
        ("Name", " \n ", ["Write the text of the prompt."]),
        ("n" * 61, "Text", ["A name may have 60 characters; this one has 61."]),
        (
            "Name",
            "word " * 6_400 + "ends",
            ["A prompt may have 32,000 characters; this one has 32,004."],
        ),
    ],
)
async def test_a_refused_prompt_is_shown_again_with_what_is_wrong(
    web: Web, name: str, content: str, sentences: list[str]
) -> None:
    prompt = await keep(web)
    for path in (LIST, f"{LIST}{prompt}/"):
        answer = await web.client.post(path, data={"name": name, "content": content})
        assert answer.status_code == 422
        assert errors(answer.text) == sentences
        assert f'value="{name}"' in answer.text
        assert f">\n{content}</textarea>" in answer.text
    assert "Sum this up:" in (await web.client.get(LIST)).text


async def test_there_are_so_many_prompts_and_no_more(web: Web, db: Connection) -> None:
    await keep(web)
    await db.execute(
        "INSERT INTO prompts (account_id, name, content)"
        " SELECT account_id, number::text, 'x' FROM prompts, generate_series(2, $1::int) number",
        MOST_PROMPTS,
    )
    answer = await web.client.post(LIST, data={"name": "One more", "content": "Text"})
    assert answer.status_code == 409
    assert errors(answer.text) == ["There are 200 prompts already. Delete one first."]
    assert 'value="One more"' in answer.text


async def test_control_characters_become_visible(web: Web) -> None:
    prompt = await keep(web, "Na\0me", "Te\x00xt\x1b")
    assert ">\nTe\ufffdxt\ufffd</textarea>" in (await web.client.get(f"{LIST}{prompt}/")).text


async def test_the_menu_puts_a_prompt_into_the_box_of_a_chat(web: Web) -> None:
    chat, prompt = await new_chat(web), await keep(web, content="\n\nOne\n\n two <b>")
    menu = (await web.client.get(MENU, params={"chat": chat})).text
    assert '<turbo-frame id="prompts-frame">' in menu
    address = f"{form_path(chat)}?prompt={prompt}"
    assert f'href="{address}"' in menu
    assert 'data-text="One\n\n two &lt;b&gt;"' in menu
    assert text_in_the_box((await web.client.get(address)).text) == "One\n\n two <b>"


@pytest.mark.parametrize("chat", ["", "x", "0", "9" * 30])
async def test_the_menu_of_no_chat_leads_to_the_prompts(web: Web, chat: str) -> None:
    prompt = await keep(web)
    menu = await web.client.get(MENU, params={"chat": chat})
    assert menu.status_code == 200
    assert f'href="{LIST}{prompt}/"' in menu.text


async def test_prompts_of_others_are_not_there(web: Web, db: Connection) -> None:
    chat = await new_chat(web)
    account = await db.fetchval("INSERT INTO accounts (name) VALUES ('stranger') RETURNING id")
    prompt = await db.fetchval(
        "INSERT INTO prompts (account_id, name, content) VALUES ($1, 'Private', 'x') RETURNING id",
        account,
    )
    for path in (LIST, MENU):
        assert "Private" not in (await web.client.get(path)).text
    assert (await web.client.get(f"{LIST}{prompt}/")).status_code == 404
    assert (await web.client.get(f"{form_path(chat)}?prompt={prompt}")).status_code == 404
    form = {"name": "Mine", "content": "Mine"}
    assert (await web.client.post(f"{LIST}{prompt}/", data=form)).status_code == 404
    assert (await web.client.post(f"{LIST}{prompt}/delete/")).status_code == 404
    assert await db.fetchval("SELECT name FROM prompts WHERE id = $1", prompt) == "Private"


@pytest.mark.parametrize("prompt", ["", "x", "0", "-1"])
async def test_an_address_without_a_prompt_leads_to_an_empty_box(web: Web, prompt: str) -> None:
    chat = await new_chat(web)
    page = await web.client.get(form_path(chat), params={"prompt": prompt})
    assert text_in_the_box(page.text) == ""
