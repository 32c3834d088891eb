"""The canonical line of a request: its fields are exactly those of the README."""

import pytest

from deploy.local.nats_server import NatsServer
from services.web.app import MAX_BODY_BYTES
from tests.integration.web.pages import TURBO, form_path, list_path, new_chat, running_web, send
from tests.support.canonical_lines import COMMON, Log, documented
from tests.support.logs import restored_logging
from tests.support.stack import Web, web_settings

__all__ = ["restored_logging"]

pytestmark = pytest.mark.usefixtures("restored_logging")

TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-00"


async def test_a_request_is_one_line_with_these_fields_and_no_other(
    web: Web, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    chat = await new_chat(web)
    answer = await web.client.post(
        form_path(chat),
        data={"content": "never to be logged"},
        headers={**TURBO, "traceparent": TRACEPARENT},
    )
    _, line = log.lines("request")
    assert set(line) == documented("request") | COMMON
    assert (line["method"], line["path"]) == ("POST", form_path(chat))
    assert (line["route"], line["status"]) == ("/chat/{chat_id}/message/create/", 200)
    assert (line["chat_id"], line["message_id"]) == (chat, None)
    assert isinstance(line["account_id"], int)
    assert line["response_bytes"] == len(answer.content)
    assert line["trace_id"] == TRACE
    assert "never to be logged" not in log.said


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere/", 404), ("/chat/999999/message/list/", 404)]
)
async def test_a_refused_request_has_the_same_fields(
    web: Web, capfd: pytest.CaptureFixture[str], path: str, status: int
) -> None:
    log = Log(capfd)
    await web.client.get(f"{path}?token=never-to-be-logged")
    (line,) = log.lines("request")
    assert set(line) == documented("request") | COMMON
    assert (line["status"], line["path"], line["chat_id"]) == (status, path, None)
    assert len(str(line["trace_id"])) == 32


async def test_what_is_refused_before_any_route_is_told_as_well(
    web: Web, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    chat = await new_chat(web)
    await web.client.post(form_path(chat), content=b"x" * (MAX_BODY_BYTES + 1))
    await web.client.post(form_path(chat), headers={"origin": "https://evil.example"})
    await web.client.get("/chat/", headers={"host": "evil.example"})
    assert [line["status"] for line in log.lines("request")] == [303, 413, 403, 400]


async def test_each_request_begins_a_trace_of_its_own(
    web: Web, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    chat = await new_chat(web)
    await send(web, chat, "Hello")
    await web.client.get(list_path(chat))
    await web.client.get("/live")
    await web.client.get("/metrics")
    traces = [line["trace_id"] for line in log.lines("request")]
    assert len(traces) == len(set(traces)) == 3


async def test_a_page_of_our_own_fault_shows_the_reference_under_which_the_log_has_it(
    nats_server: NatsServer, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(capfd)
    nowhere = "postgresql://natter@127.0.0.1:1/natter"
    async with running_web(web_settings(nowhere, nats_server)) as web:
        page = await web.client.get("/chat/")
        (line,) = log.lines("request")
        assert (page.status_code, line["status"]) == (503, 503)
        assert f"Reference: <code>{line['trace_id']}</code>" in page.text
        assert "Reference" not in (await web.client.get("/nowhere/")).text
