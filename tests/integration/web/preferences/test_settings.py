"""What a person chooses is stored, and is on every page."""

import re

import pytest

from services.web.accounts.guards import local_account
from services.web.accounts.preferences import Preferences
from services.web.db.pool import Connection
from services.web.preferences.model import SETTINGS
from tests.integration.web.pages import TURBO, list_path, new_chat
from tests.support.stack import Web

CHOICES = [(name, value) for name, setting in SETTINGS.items() for value in setting.choices]


async def chosen(db: Connection) -> Preferences:
    return (await local_account(db)).preferences


def selected(html: str, name: str) -> str:
    """The value that the page shows as chosen."""
    (form,) = re.findall(rf'<form id="setting-{name}".*?</form>', html, re.DOTALL)
    (value,) = re.findall(r'<option value="([^"]*)" selected>', form)
    return str(value)


def test_every_preference_has_a_setting() -> None:
    assert set(SETTINGS) == set(Preferences.model_fields)


@pytest.mark.parametrize(("name", "value"), CHOICES)
async def test_a_choice_is_stored_shown_and_confirmed(
    web: Web, db: Connection, name: str, value: str
) -> None:
    answer = await web.client.post(f"/settings/{name}/", data={name: value})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/settings/?saved={name}#setting-{name}"
    assert await chosen(db) == Preferences.model_validate({name: value})
    page = (await web.client.get(answer.headers["location"])).text
    assert selected(page, name) == value
    assert ">Saved.</p>" in page


async def test_choices_leave_each_other_alone(web: Web, db: Connection) -> None:
    for name, value in (("theme", "dark"), ("single_keys", "false"), ("theme", "light")):
        await web.client.post(f"/settings/{name}/", data={name: value})
    assert await chosen(db) == Preferences(theme="light", single_keys=False)


async def test_every_page_has_what_was_chosen(web: Web) -> None:
    chat = await new_chat(web)
    for name, value in (("theme", "dark"), ("contrast", "more"), ("text", "125")):
        await web.client.post(f"/settings/{name}/", data={name: value})
    for path in (list_path(chat), "/settings/", "/search/", "/shortcuts/", "/settings/prompts/"):
        page = (await web.client.get(path)).text
        assert 'data-theme="dark" data-contrast="more" data-text="125"' in page


async def test_a_page_with_javascript_gets_a_word_instead_of_a_page(web: Web) -> None:
    answer = await web.client.post("/settings/theme/", data={"theme": "dark"}, headers=TURBO)
    assert answer.headers["content-type"].startswith("text/vnd.turbo-stream.html")
    assert '<turbo-stream action="update" target="settings-status">' in answer.text
    assert "Saved." in answer.text


@pytest.mark.parametrize("value", ["", "blue", "DARK", "dark\0", "x" * 10_000])
async def test_what_is_no_choice_changes_nothing_and_says_so(
    web: Web, db: Connection, value: str
) -> None:
    await web.client.post("/settings/theme/", data={"theme": "light"})
    for headers in ({}, TURBO):
        answer = await web.client.post("/settings/theme/", data={"theme": value}, headers=headers)
        assert answer.status_code == 422
        assert "That is none of the choices. Nothing has changed." in answer.text
    assert await chosen(db) == Preferences(theme="light")


async def test_what_a_later_version_has_stored_is_not_chosen_here(web: Web, db: Connection) -> None:
    account = await local_account(db)
    stored = '{"theme": "sepia", "text": 7, "single_keys": "never", "width": "wide", "new": [1]}'
    await db.execute("UPDATE accounts SET preferences = $1 WHERE id = $2", stored, account.id)
    assert await chosen(db) == Preferences(width="wide")
    assert (await web.client.get("/settings/")).status_code == 200


async def test_there_is_no_other_setting(web: Web) -> None:
    assert (await web.client.post("/settings/name/", data={"name": "x"})).status_code == 404
    assert (await web.client.get("/settings/theme/")).status_code == 405


async def test_the_settings_lead_to_everything_else_that_can_be_chosen(web: Web) -> None:
    page = (await web.client.get("/settings/")).text
    for path in (
        "/models/",
        "/settings/prompts/",
        "/chat/archived/",
        "/chat/deleted/",
        "/shortcuts/",
    ):
        assert f'href="{path}"' in page


async def test_the_shortcuts_are_listed_on_a_page_and_in_every_pages_dialog(web: Web) -> None:
    page = (await web.client.get("/shortcuts/")).text
    assert page.count('<dl class="shortcuts">') == 1
    keys = re.findall(r"<kbd>(.*?)</kbd>", page)
    assert {"?", "n", "s", "j", "k", "y", "e", "r", "m", "l", "c"} <= set(keys)
    chat = (await web.client.get(list_path(await new_chat(web)))).text
    assert '<dialog id="shortcuts-dialog"' in chat
    assert re.findall(r"<kbd>(.*?)</kbd>", chat) == keys
