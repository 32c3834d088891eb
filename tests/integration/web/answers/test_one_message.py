"""What a posted message costs: each row is read once, and its streams are rendered once."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

import pytest

from deploy.local.nats_server import NatsServer
from services.shared.pages.message_view import render_message
from services.web.answers.queries import LIST_EARLIER_TEXTS, PROMOTE_NEXT
from services.web.chats.listing.queries import FIND_LISTED
from services.web.chats.queries import FIND_CHAT, LOCK_CHAT, SET_PROMPT_TITLE
from services.web.db.outbox import INSERT
from services.web.messages.queries import FIND_QUESTION, INSERT_MESSAGE, LIST_MESSAGES, LIST_SHOWN
from tests.integration.web.pages import TURBO, form_path, new_chat, running_web
from tests.support.spans import kept_spans
from tests.support.stack import web_settings

TOOL = 4
TRACE = "4d" * 16
EXPECTED = Counter(
    {
        FIND_CHAT: 1,
        LOCK_CHAT: 1,
        FIND_QUESTION: 1,
        LIST_SHOWN: 1,
        INSERT_MESSAGE: 2,
        PROMOTE_NEXT: 1,
        # The question's row and the answer's.
        LIST_MESSAGES: 2,
        SET_PROMPT_TITLE: 1,
        LIST_EARLIER_TEXTS: 1,
        FIND_LISTED: 1,
        # The streams for the chat and for the account, and the job.
        INSERT: 3,
    }
)


@contextmanager
def counted(function: Callable[..., object]) -> Iterator[Counter[str]]:
    """Count the calls of a function, by the interpreter's own events (`sys.monitoring`)."""
    calls: Counter[str] = Counter()

    def count(code: CodeType, _offset: int) -> None:
        calls[code.co_name] += 1

    started = sys.monitoring.events.PY_START
    sys.monitoring.use_tool_id(TOOL, "counted")
    sys.monitoring.register_callback(TOOL, started, count)
    sys.monitoring.set_local_events(TOOL, function.__code__, started)
    try:
        yield calls
    finally:
        sys.monitoring.set_local_events(TOOL, function.__code__, 0)
        sys.monitoring.free_tool_id(TOOL)


@pytest.mark.parametrize("headers", [TURBO, {}], ids=["Turbo", "plain"])
async def test_one_message_is_looked_up_read_and_rendered_once(
    own_database_url: str, nats_server: NatsServer, headers: dict[str, str]
) -> None:
    parent = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with kept_spans() as spans:
        async with running_web(web_settings(own_database_url, nats_server)) as web:
            chat = await new_chat(web)
            with counted(render_message) as rendered:
                await web.client.post(
                    form_path(chat), data={"content": "Hello"}, headers={**headers, **parent}
                )
        told = [
            str(attributes["db.query.text"])
            for span in spans.get_finished_spans()
            if f"{span.context.trace_id:032x}" == TRACE
            and "db.query.text" in (attributes := span.attributes or {})
        ]
    statements = Counter(text for text in told if "outbox WHERE" not in text)
    expected = {" ".join(text.split()): count for text, count in EXPECTED.items()}
    assert {text: statements[text] for text in expected} == expected
    beside = set(statements) - set(expected)
    assert {text.split()[0].rstrip(";") for text in beside} <= {"BEGIN", "COMMIT", "SELECT"}
    assert [text for text in beside if "messages" in text] == []
    assert rendered == {"render_message": 2}
