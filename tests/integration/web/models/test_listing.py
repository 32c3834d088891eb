"""The page of all models: searched, and pinned on."""

import re

import pytest

from deploy.local.nats_server import NatsServer
from services.web.db import pool
from services.web.models.queries import MOST_PINNED
from tests.integration.web.models.catalogues import MANY, tell
from tests.integration.web.natter import Natter
from tests.integration.web.pages import running_web
from tests.support.stack import web_settings

PICKER = {"turbo-frame": "picker-frame"}


async def listed(natter: Natter, query: str = "", **headers: str) -> dict[str, list[str]]:
    """Return the names of the models on the page, by group."""
    page = await natter.web.client.get("/models/", params={"q": query}, headers=headers)
    assert page.status_code == 200
    sections = re.findall(r'<section class="models__group">(.*?)</section>', page.text, re.DOTALL)
    return {
        re.findall(r"<h2[^>]*>(.*?)</h2>", section)[0]: re.findall(
            r'class="models__name" dir="auto">(.*?)</span>', section
        )
        for section in sections
    }


async def pin(natter: Natter, model: str, pinned: str = "1") -> int:
    data = {"model": model, "pinned": pinned, "q": "qwen"}
    answer = await natter.web.client.post("/models/pin/", data=data)
    if answer.status_code == 303:
        assert answer.headers["location"] == "/models/?q=qwen"
    return answer.status_code


async def test_all_models_are_listed_where_they_are_few(natter: Natter) -> None:
    await tell(natter)
    assert await listed(natter) == {"Demo": ["natter-demo"], "local": ["qwen3:8b", "org/large"]}
    assert await listed(natter, "LARGE loc") == {"local": ["org/large"]}
    assert await listed(natter, "<nothing>") == {}


async def test_of_thousands_the_first_are_listed_and_a_search_finds_the_others(
    natter: Natter,
) -> None:
    await tell(natter, MANY)
    assert {name: len(names) for name, names in (await listed(natter)).items()} == {
        "many": 12,
        "local": 2,
    }
    assert "4,995 more" in (await natter.web.client.get("/models/")).text
    assert await listed(natter, "model-4321") == {"many": ["model-4321"]}
    assert len((await listed(natter, "model"))["many"]) == 50


async def test_pinned_and_used_models_come_first(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    assert await pin(natter, "local/org/large") == 303
    for number in range(7):
        model = {"model": f"local/used-{number}"}
        await natter.web.client.post(f"/chat/{chat}/model/", data=model)
    groups = await listed(natter)
    assert list(groups) == ["Pinned", "Recent", "Demo", "local"]
    assert groups["Pinned"] == ["org/large"]
    assert groups["Recent"] == [f"used-{number}" for number in (6, 5, 4, 3, 2)]
    assert await pin(natter, "local/org/large", pinned="") == 303
    assert "Pinned" not in await listed(natter)
    assert await natter.db.fetchval("SELECT count(*) FROM account_models") <= 6


async def test_the_picker_gets_buttons_that_choose_and_the_page_does_not(natter: Natter) -> None:
    await tell(natter)
    page = (await natter.web.client.get("/models/")).text
    picker = (await natter.web.client.get("/models/", headers=PICKER)).text
    assert "picker#choose" not in page
    assert 'data-action="picker#choose" data-value="local/org/large"' in picker
    assert '<turbo-frame id="picker-frame"' in picker


async def test_what_is_no_model_and_one_too_many_are_not_pinned(natter: Natter) -> None:
    await tell(natter)
    assert [await pin(natter, model) for model in ("", "gone/large", "local/" + "x" * 500)] == [
        *(422, 422, 422)
    ]
    assert {await pin(natter, f"local/{number}") for number in range(50)} == {303}
    assert await pin(natter, "local/qwen3:8b") == 422
    assert await pin(natter, "local/7") == 303
    assert await pin(natter, "gone/large", pinned="") == 303
    for pinned in ("1", ""):
        assert await pin(natter, "local/\0", pinned=pinned) == 422
    long = {"model": "local/7", "q": "x" * 100_000}
    assert len((await natter.web.client.post("/models/pin/", data=long)).headers["location"]) < 300


async def test_nothing_else_is_unpinned_or_searched_for_afterwards(natter: Natter) -> None:
    await tell(natter)
    assert [await pin(natter, model, pinned="") for model in ("", "local/\x00")] == [422, 422]
    data = {"model": "local/org/large", "q": "x" * 5000}
    answer = await natter.web.client.post("/models/pin/", data=data)
    assert answer.headers["location"] == f"/models/?q={'x' * 200}"


async def test_no_connection_is_held_while_the_page_of_a_refusal_is_made(
    database_url: str, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "ACQUIRE_SECONDS", 0.5)
    settings = web_settings(database_url, nats_server, database_connections=1)
    async with running_web(settings) as web:
        answers = [
            await web.client.post("/models/pin/", data={"model": f"local/{number}", "pinned": "1"})
            for number in range(MOST_PINNED + 1)
        ]
    assert answers[-1].status_code == 422
    assert f"You can pin {MOST_PINNED} models." in answers[-1].text


async def test_what_was_only_pinned_is_forgotten_when_it_is_unpinned(natter: Natter) -> None:
    await tell(natter)
    for pinned in ("1", ""):
        await pin(natter, "local/org/large", pinned=pinned)
    assert await natter.db.fetchval("SELECT count(*) FROM account_models") == 0


async def test_names_of_models_are_text_and_no_html(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    evil = 'local/"><img src=x onerror=alert(1)>'
    await natter.web.client.post(f"/chat/{chat}/model/", data={"model": evil})
    for path in ("/models/", f"/chat/{chat}/message/list/", f"/chat/{chat}/model/"):
        assert "<img src=x" not in (await natter.web.client.get(path)).text
