"""The model that answers a chat: offered, chosen, remembered, and asked."""

import pytest

from services.shared.bus.messages import AnswerJob
from tests.integration.web.models.catalogues import MANY, chosen_in, options_in, tell
from tests.integration.web.natter import Natter
from tests.integration.web.pages import TURBO, error_in, form_path, text_in_the_box

LARGE = "local/org/large"


def asked(job: AnswerJob) -> tuple[str | None, str | None]:
    return job.connection, job.model


async def chosen(natter: Natter, chat: int) -> tuple[str | None, str | None]:
    row = await natter.db.fetchrow(
        "SELECT chosen_connection, chosen_model FROM chats WHERE id = $1", chat
    )
    assert row
    return tuple(row)


async def test_a_form_offers_the_models_of_every_connection(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    for page in (await natter.page(chat), (await natter.web.client.get(form_path(chat))).text):
        assert options_in(page) == {
            "": "Default (natter-demo)",
            "default/natter-demo": "natter-demo",
            "local/qwen3:8b": "qwen3:8b",
            LARGE: "org/large",
        }
        assert '<optgroup label="Demo">' in page
        assert '<optgroup label="local">' in page
        assert chosen_in(page) == ""


async def test_nothing_is_offered_but_the_default_until_models_are_known(natter: Natter) -> None:
    chat = await natter.new_chat()
    assert options_in(await natter.page(chat)) == {"": "Default (the default model)"}
    assert "is not known yet" in (await natter.web.client.get("/models/")).text
    # It may exist: ai knows, and says so in the answer's place where it does not.
    await natter.send(chat, "Hello?", model="somewhere/model")
    assert [asked(job) for job in await natter.jobs()] == [("somewhere", "model")]
    assert chosen_in(await natter.page(chat)) == "somewhere/model"


async def test_a_chat_remembers_the_model_that_it_was_sent_with(natter: Natter) -> None:
    chat, other = await natter.new_chat(), await natter.new_chat()
    await tell(natter)
    await natter.send(chat, "Hello?", model=LARGE)
    assert await chosen(natter, chat) == ("local", "org/large")
    assert await chosen(natter, other) == (None, None)
    page = await natter.page(chat)
    assert chosen_in(page) == LARGE
    # A form without the field, such as that of another program, leaves it as it is.
    first = max(await natter.shown(chat))
    await natter.end(first)
    await natter.send(chat, "And now?")
    assert [asked(job) for job in await natter.jobs()] == [("local", "org/large")] * 2
    stored = await natter.row(first)
    assert (stored["connection"], stored["asked_model"]) == ("local", "org/large")
    await natter.end(max(await natter.shown(chat)))
    await natter.send(chat, "By the default?", model="")
    assert asked((await natter.jobs())[-1]) == (None, None)
    assert await chosen(natter, chat) == (None, None)


async def test_a_chat_remembers_a_change_before_anything_is_sent(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    path = f"/chat/{chat}/model/"
    answer = await natter.web.client.post(path, data={"model": LARGE}, headers=TURBO)
    assert answer.status_code == 200
    assert await chosen(natter, chat) == ("local", "org/large")
    plain = await natter.web.client.post(path, data={"model": "local/"})
    assert plain.headers["location"] == f"/chat/{chat}/message/list/"
    assert await chosen(natter, chat) == ("local", None)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("gone/large", "There is no connection “gone” any more. Choose another model."),
        ("large", "There is no connection “large” any more. Choose another model."),
        ("/large", "That is no model. Choose one from the list."),
        ("local/" + "x" * 400, "That is no model. Choose one from the list."),
        ("local/a\x07b", "That is no model. Choose one from the list."),
    ],
)
async def test_a_model_that_is_none_is_refused_and_what_was_typed_stays(
    natter: Natter, model: str, said: str
) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    refused = await natter.send(chat, "A long thought.", model=model)
    assert refused.status_code == 422
    assert error_in(refused.text) == said
    assert text_in_the_box(refused.text) == "A long thought."
    assert chosen_in(refused.text) == model
    assert await natter.shown(chat) == []
    change = await natter.web.client.post(f"/chat/{chat}/model/", data={"model": model})
    assert change.status_code == 422
    assert said in change.text


async def test_a_model_that_is_not_listed_is_asked_for_all_the_same(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    await natter.send(chat, "Hello?", model="local/unlisted")
    assert [asked(job) for job in await natter.jobs()] == [("local", "unlisted")]
    assert options_in(await natter.page(chat))["local/unlisted"] == "unlisted"


async def test_an_answer_is_asked_for_again_from_the_same_model(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    await natter.send(chat, "Hello?", model=LARGE)
    answer = max(await natter.shown(chat))
    await natter.end(answer, status="stopped", text="Half")
    await natter.web.client.post(f"/chat/{chat}/model/", data={"model": ""})
    await natter.act(chat, answer, "continue")
    await natter.end(answer, run=2, status="failed", error="timeout", text="Half more")
    await natter.act(chat, answer, "retry")
    version = max(await natter.shown(chat))
    await natter.end(version, status="failed", error="timeout", text="")
    await natter.act(chat, version, "retry")
    assert [asked(job) for job in await natter.jobs()] == [("local", "org/large")] * 4


@pytest.mark.parametrize("text", ["", "Half"])
async def test_a_model_that_is_gone_is_not_asked_again_but_the_chats_other_one(
    natter: Natter, text: str
) -> None:
    chat = await natter.new_chat()
    await natter.send(chat, "Hello?", model="gone/large")
    answer = max(await natter.shown(chat))
    await natter.end(answer, status="failed", error="connection_missing", text=text)
    assert "Choose another model below, then retry." in await natter.page(chat)
    await tell(natter)
    await natter.web.client.post(f"/chat/{chat}/model/", data={"model": LARGE})
    await natter.act(chat, answer, "retry")
    assert asked((await natter.jobs())[-1]) == ("local", "org/large")


async def test_a_version_may_come_from_another_model_than_the_chats(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    answer = await natter.ask(chat)
    await natter.end(answer)
    await natter.act(chat, answer, "regenerate", model=LARGE)
    version = max(await natter.shown(chat))
    await natter.end(version)
    await natter.act(chat, version, "regenerate")
    assert [asked(job) for job in await natter.jobs()] == [
        (None, None),
        ("local", "org/large"),
        (None, None),
    ]
    last = max(await natter.shown(chat))
    await natter.end(last)
    refused = await natter.act(chat, last, "regenerate", model="gone/large")
    assert refused.status_code == 409
    assert "There is no connection “gone” any more." in refused.text
    assert max(await natter.shown(chat)) == last


async def test_an_edited_question_is_answered_by_the_chats_model(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    answer = await natter.ask(chat)
    await natter.end(answer)
    await natter.web.client.post(f"/chat/{chat}/model/", data={"model": LARGE})
    await natter.edit(chat, answer - 1, "Said anew?")
    assert [asked(job) for job in await natter.jobs()] == [(None, None), ("local", "org/large")]


async def test_the_title_is_found_by_the_model_that_answered(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter)
    await natter.send(chat, "Hello?", model=LARGE)
    await natter.end(max(await natter.shown(chat)))
    (job,) = await natter.title_jobs()
    assert (job.connection, job.model) == ("local", "org/large")


async def test_of_thousands_of_models_a_form_offers_a_few(natter: Natter) -> None:
    chat = await natter.new_chat()
    await tell(natter, MANY)
    for number in (7, 8, 9):
        model = {"model": f"many/model-{number}"}
        await natter.web.client.post(f"/chat/{chat}/model/", data=model)
    await natter.web.client.post("/models/pin/", data={"model": "local/qwen3:8b", "pinned": "1"})
    page = await natter.page(chat)
    assert list(options_in(page)) == [
        *("", "local/qwen3:8b", "many/model-9", "many/model-8", "many/model-7", "many/model-0")
    ]
    assert options_in(page)["local/qwen3:8b"] == "qwen3:8b · local"
    assert chosen_in(page) == "many/model-9"
    # Without scripts there are more of them on the page of the options.
    longer = options_in((await natter.web.client.get(f"/chat/{chat}/model/")).text)
    assert 10 < len(longer) < 600
