"""Every action in every state, on one's own messages and on others'."""

from itertools import product

from tests.integration.web.natter import Natter
from tests.integration.web.pages import TURBO, action_path, list_path

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


async def in_state(natter: Natter, state: str) -> tuple[int, int]:
    """A chat and an answer in it that is in this state."""
    chat = await natter.new_chat()
    if state == "waiting":
        await natter.ask(chat, "Zero")
    answer = await natter.ask(chat, "One")
    if state in ENDED:
        await natter.end(answer, **ENDED[state])
    return chat, answer


async def test_an_action_is_done_or_refused_with_a_sentence(natter: Natter) -> None:
    for state, action in product(POSSIBLE, ACTIONS):
        chat, answer = await in_state(natter, state)
        before, count = await natter.row(answer), len(await natter.statuses())
        response = await natter.act(chat, answer, action, turbo=False, content="Other")
        if action in POSSIBLE[state] | {"stop", "show"}:
            assert response.status_code == 303, (state, action)
            led_to = f"?around={answer}#message_{answer}" if action == "show" else ""
            assert response.headers["location"] == list_path(chat) + led_to
        else:
            assert response.status_code == 409, (state, action)
            assert '<p class="error-page__message">' in response.text
            assert (await natter.row(answer), len(await natter.statuses())) == (before, count)


async def test_turbo_is_shown_how_things_are(natter: Natter) -> None:
    for state, action in product(POSSIBLE, ACTIONS):
        chat, answer = await in_state(natter, state)
        response = await natter.act(chat, answer, action, content="Other")
        assert response.status_code == 200, (state, action)
        assert response.headers["content-type"].startswith("text/vnd.turbo-stream.html")
        if action != "stop":
            assert response.text == REFRESH


async def test_nothing_but_show_and_edit_can_be_asked_of_what_a_person_wrote(
    natter: Natter,
) -> None:
    chat, answer = await in_state(natter, "failed")
    for action in ("retry", "continue", "regenerate"):
        response = await natter.act(chat, answer - 1, action, turbo=False)
        assert response.status_code == 409
    assert await natter.statuses() == {answer: "failed"}


async def message_of_somebody_else(natter: Natter) -> tuple[int, int]:
    account = await natter.db.fetchval(
        "INSERT INTO accounts (name) VALUES ('stranger') RETURNING id"
    )
    chat = await natter.db.fetchval(
        "INSERT INTO chats (account_id) VALUES ($1) RETURNING id", account
    )
    message = await natter.db.fetchval(
        "INSERT INTO messages (chat_id, role, status, content)"
        " VALUES ($1, 'assistant', 'failed', 'Private') RETURNING id",
        chat,
    )
    return chat, message


async def test_a_message_of_somebody_else_is_not_found_on_any_verb(natter: Natter) -> None:
    own_chat, own = await in_state(natter, "failed")
    chat, message = await message_of_somebody_else(natter)
    before = await natter.row(message)
    places = [(chat, message), (own_chat, message), (chat, own), (own_chat, 999), (999, own)]
    for verb, (where, what), action in product(VERBS, places, (*ACTIONS, "other")):
        response = await natter.web.client.request(
            verb, action_path(where, what, action), headers=TURBO
        )
        assert response.status_code == 404, (verb, where, what, action)
        assert "Private" not in response.text
    assert await natter.row(message) == before
    assert await natter.statuses() == {own: "failed", message: "failed"}


async def test_actions_take_posts_alone(natter: Natter) -> None:
    chat, answer = await in_state(natter, "complete")
    for action in ("stop", "retry", "continue", "regenerate", "show"):
        response = await natter.web.client.get(action_path(chat, answer, action))
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"


async def test_another_sites_page_can_ask_for_nothing(natter: Natter) -> None:
    chat, answer = await in_state(natter, "failed")
    for action in ACTIONS:
        response = await natter.web.client.post(
            action_path(chat, answer, action), headers={"sec-fetch-site": "cross-site"}
        )
        assert response.status_code == 403
    assert await natter.statuses() == {answer: "failed"}
