"""Every action in every state, on one's own messages and on others'."""

from itertools import product

from services.shared.bus.connection import Bus
from services.web.db.pool import Connection
from tests.integration.web.answering import act, action_path, ask, end, row, statuses
from tests.integration.web.pages import TURBO, list_path, new_chat
from tests.support.stack import Web

REFRESH = '<turbo-stream action="refresh"></turbo-stream>'
ACTIONS = ("stop", "retry", "continue", "regenerate", "show", "edit")
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")

ENDED: dict[str, dict[str, object]] = {
    "complete": {},
    "complete, empty": {"text": ""},
    "length": {"finish_reason": "length"},
    "stopped": {"status": "stopped", "finish_reason": None},
    "stopped, empty": {"status": "stopped", "text": "", "finish_reason": None},
    "failed": {"status": "failed", "error": "cut_off", "finish_reason": None},
    "failed, empty": {"status": "failed", "error": "timeout", "text": "", "finish_reason": None},
}
# What may be asked for; everything else is refused. Stop and show are always harmless.
POSSIBLE = {
    "complete": {"regenerate"},
    "complete, empty": {"regenerate"},
    "length": {"regenerate", "continue"},
    "stopped": {"regenerate", "continue"},
    "stopped, empty": {"regenerate"},
    "failed": {"retry", "continue"},
    "failed, empty": {"retry"},
    # Asked for already, as far as a page of a moment ago can tell.
    "queued": {"retry", "continue"},
    "waiting": {"retry", "continue"},
}


async def in_state(web: Web, ai_bus: Bus, web_bus: Bus, state: str) -> tuple[int, int]:
    """A chat and an answer in it that is in this state."""
    chat = await new_chat(web)
    if state == "waiting":
        await ask(web, chat, "Zero")
    answer = await ask(web, chat, "One")
    if state in ENDED:
        await end(ai_bus, web_bus, answer, **ENDED[state])
    return chat, answer


async def test_an_action_is_done_or_refused_with_a_sentence(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    for state, action in product(POSSIBLE, ACTIONS):
        chat, answer = await in_state(web, ai_bus, web_bus, state)
        before, count = await row(db, answer), len(await statuses(db))
        response = await act(web, chat, answer, action, turbo=False, content="Other")
        if action in POSSIBLE[state] | {"stop", "show"}:
            assert response.status_code == 303, (state, action)
            assert response.headers["location"] == list_path(chat)
        else:
            assert response.status_code == 409, (state, action)
            assert '<p class="error-page__message">' in response.text
            assert (await row(db, answer), len(await statuses(db))) == (before, count)


async def test_turbo_is_shown_how_things_are(web: Web, web_bus: Bus, ai_bus: Bus) -> None:
    for state, action in product(POSSIBLE, ACTIONS):
        chat, answer = await in_state(web, ai_bus, web_bus, state)
        response = await act(web, chat, answer, action, content="Other")
        assert response.status_code == 200, (state, action)
        assert response.headers["content-type"].startswith("text/vnd.turbo-stream.html")
        if action != "stop":
            assert response.text == REFRESH


async def test_nothing_but_show_and_edit_can_be_asked_of_what_a_person_wrote(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, answer = await in_state(web, ai_bus, web_bus, "failed")
    for action in ("retry", "continue", "regenerate"):
        response = await act(web, chat, answer - 1, action, turbo=False)
        assert response.status_code == 409
    assert await statuses(db) == {answer: "failed"}


async def message_of_somebody_else(db: Connection) -> tuple[int, int]:
    account = await db.fetchval("INSERT INTO accounts (name) VALUES ('stranger') RETURNING id")
    chat = await db.fetchval("INSERT INTO chats (account_id) VALUES ($1) RETURNING id", account)
    message = await db.fetchval(
        "INSERT INTO messages (chat_id, role, status, content)"
        " VALUES ($1, 'assistant', 'failed', 'Private') RETURNING id",
        chat,
    )
    return chat, message


async def test_a_message_of_somebody_else_is_not_found_on_any_verb(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    own_chat, own = await in_state(web, ai_bus, web_bus, "failed")
    chat, message = await message_of_somebody_else(db)
    before = await row(db, message)
    places = [(chat, message), (own_chat, message), (chat, own), (own_chat, 999), (999, own)]
    for verb, (where, what), action in product(VERBS, places, (*ACTIONS, "other")):
        response = await web.client.request(verb, action_path(where, what, action), headers=TURBO)
        assert response.status_code == 404, (verb, where, what, action)
        assert "Private" not in response.text
    assert await row(db, message) == before
    assert await statuses(db) == {own: "failed", message: "failed"}


async def test_actions_take_posts_alone(web: Web, web_bus: Bus, ai_bus: Bus) -> None:
    chat, answer = await in_state(web, ai_bus, web_bus, "complete")
    for action in ("stop", "retry", "continue", "regenerate", "show"):
        response = await web.client.get(action_path(chat, answer, action))
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


async def test_another_sites_page_can_ask_for_nothing(
    web: Web, web_bus: Bus, ai_bus: Bus, db: Connection
) -> None:
    chat, answer = await in_state(web, ai_bus, web_bus, "failed")
    for action in ACTIONS:
        response = await web.client.post(
            action_path(chat, answer, action), headers={"sec-fetch-site": "cross-site"}
        )
        assert response.status_code == 403
    assert await statuses(db) == {answer: "failed"}
