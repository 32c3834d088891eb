"""The options of a chat: its system prompt, and how its model is asked."""

import re

import pytest

from tests.integration.web.natter import Natter
from tests.integration.web.pages import TURBO

COLUMNS = ("system_prompt", "temperature", "top_p", "max_tokens")
GIVEN = {
    "system_prompt": " Be a pirate.\r\nArr! ",
    "temperature": "0,25",
    "top_p": "1",
    "max_tokens": "2,000",
}
WRONG = {
    "temperature": [
        *("warm", "-1", "2.01", "nan", "inf", "1e400", "0x1", "1_0_0"),
    ],
    "top_p": ["1.1", "two", "--1"],
    "max_tokens": ["0", "-5", "1.5", "200001", "9" * 5000, "¹", "many"],
    "system_prompt": ["x" * 20_001],
}


async def stored(natter: Natter, chat: int) -> dict[str, object]:
    row = await natter.db.fetchrow("SELECT * FROM chats WHERE id = $1", chat)
    assert row
    return {name: row[name] for name in COLUMNS}


async def test_options_are_kept_and_asked_with(natter: Natter) -> None:
    chat = await natter.new_chat()
    path = f"/chat/{chat}/model/"
    saved = await natter.web.client.post(path, data=GIVEN)
    assert saved.headers["location"] == f"/chat/{chat}/message/list/"
    assert await stored(natter, chat) == {
        "system_prompt": "Be a pirate.\nArr!",
        "temperature": 0.25,
        "top_p": 1.0,
        "max_tokens": 2000,
    }
    page = (await natter.web.client.get(path)).text
    assert re.search(r'name="temperature"[^>]* value="0.25"', page)
    assert re.search(r'name="max_tokens"[^>]* value="2000"', page)
    assert "Be a pirate.\nArr!</textarea>" in page
    await natter.ask(chat)
    (job,) = await natter.jobs()
    assert (job.system_prompt, job.temperature, job.top_p, job.max_tokens) == (
        *("Be a pirate.\nArr!", 0.25, 1.0, 2000),
    )


async def test_empty_fields_stand_for_the_default_and_absent_ones_for_no_change(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    path = f"/chat/{chat}/model/"
    await natter.web.client.post(path, data=GIVEN)
    await natter.web.client.post(path, data={"temperature": " ", "top_p": "0"}, headers=TURBO)
    now = await stored(natter, chat)
    assert now == {
        "system_prompt": "Be a pirate.\nArr!",
        "temperature": None,
        "top_p": 0.0,
        "max_tokens": 2000,
    }
    await natter.web.client.post(path, data={"model": ""})
    assert await stored(natter, chat) == now
    await natter.web.client.post(path, data=dict.fromkeys(COLUMNS, ""))
    assert await stored(natter, chat) == dict.fromkeys(COLUMNS)


@pytest.mark.parametrize("field", WRONG)
async def test_a_wrong_value_is_told_and_everything_that_was_typed_stays(
    natter: Natter, field: str
) -> None:
    chat = await natter.new_chat()
    for value in WRONG[field]:
        typed = {**GIVEN, "system_prompt": "Be <kind>.", field: value}
        refused = await natter.web.client.post(f"/chat/{chat}/model/", data=typed)
        assert refused.status_code == 422, value
        assert refused.text.count('role="alert"') == refused.text.count("field__error") >= 1
        assert f'id="options-{field}-error"' in refused.text
        assert re.search(rf'name="{field}"[^>]* aria-invalid="true"', refused.text)
        if field != "system_prompt":
            assert "Be &lt;kind&gt;." in refused.text
            assert f'value="{value}"' in refused.text
        assert await stored(natter, chat) == dict.fromkeys(COLUMNS)


async def test_the_model_is_chosen_on_the_page_and_not_in_the_menu_beside_the_box(
    natter: Natter,
) -> None:
    chat = await natter.new_chat()
    path = f"/chat/{chat}/model/"
    assert 'name="model"' in (await natter.web.client.get(path)).text
    menu = await natter.web.client.get(path, headers={"turbo-frame": "menu-frame"})
    assert 'name="model"' not in menu.text
    assert 'name="temperature"' in menu.text


async def test_a_long_system_prompt_and_a_long_chat_fit_into_one_job(natter: Natter) -> None:
    chat = await natter.new_chat()
    prompt = {"system_prompt": "\U0001f3f4" * 20_000}
    await natter.web.client.post(f"/chat/{chat}/model/", data=prompt)
    for _ in range(9):
        await natter.end(await natter.ask(chat, "\U0001f3f4" * 30_000))
    await natter.ask(chat, "Now?")
    job = (await natter.jobs())[-1]
    assert job.system_prompt == "\U0001f3f4" * 20_000
    assert job.left_out > 0
