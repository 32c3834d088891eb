"""One message is one trace: from the browser's request to the sockets, through every service."""

import asyncio
import signal

from tests.integration.tracing.conftest import ANSWER, KEY, Traced
from tests.integration.web.pages import TURBO, new_chat
from tests.support.asking import LISTENS, ask_events
from tests.support.collector import Exported
from tests.support.sockets import listening
from tests.support.stack import Web
from tests.support.tokens import SECRET, token_for
from tests.support.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAMPLED = f"00-{TRACE}-00f067aa0ba902b7-01"
NOT_SAMPLED = f"00-{TRACE}-00f067aa0ba902b7-00"
QUESTION = "Orange-question-text"


async def post(traced: Traced, chat: int, traceparent: str, **headers: str) -> None:
    answer = await traced.http.post(
        f"/chat/{chat}/message/create/",
        data={"content": QUESTION},
        headers={**TURBO, "traceparent": traceparent, **headers},
    )
    assert answer.status_code == 200


async def until_recorded(traced: Traced) -> None:
    """Wait until the answer's result is in the database, and so the whole way has been gone."""

    async def is_recorded() -> bool:
        return bool(traced.lines(traced.web, "result_recorded"))

    await until(is_recorded)


async def end(traced: Traced) -> None:
    """End each service in order, at which it hands over its spans."""
    for part in (traced.web, traced.gateway, traced.worker):
        assert part.process is not None
        part.process.terminate()
        await asyncio.to_thread(part.process.wait)
        assert part.process.returncode == -signal.SIGTERM


def path_of(traced: Traced, span: Exported) -> list[str]:
    """Name what a span stands below, from the root on, itself last."""
    names = [f"{span.service}: {span.name}"]
    while span.parent != "00f067aa0ba902b7":
        span = traced.collector.parent_of(span)
        names.insert(0, f"{span.service}: {span.name}")
    return names


async def exported(traced: Traced) -> list[Exported]:
    """Send a message to a chat that somebody listens to; return the spans of its trace."""
    chat = await new_chat(Web(traced.web.address, traced.http))
    async with listening(traced.gateway.address, f"chat_{chat}") as socket:
        await post(traced, chat, SAMPLED)
        await until_recorded(traced)
        await socket.receive_any()
        # That for the title, too, so whatever was to be exported soon is.
        await until(lambda: answered(traced, 2))
        await end(traced)
    return [span for span in traced.collector.spans if span.trace == TRACE]


async def test_a_message_is_one_trace_with_each_part_below_what_asked_for_it(
    traced: Traced,
) -> None:
    ours = await exported(traced)
    (request,) = [span for span in ours if span.name.startswith("POST ")]
    assert request.name == "POST /chat/{chat_id}/message/create/"
    root = f"natter-web: {request.name}"
    job = next(span for span in ours if span.name == "job" and of_answer(span))
    assert path_of(traced, job) == [root, "natter-web: publish", "natter-ai: job"]
    answer = next(span for span in ours if span.name == "chat" and span.parent == job.id)
    assert answer.events == ("first token",)
    assert answer.attributes["gen_ai.response.model"] == "scripted"
    (recorded,) = [span for span in ours if span.name == "record result" and of_answer(span)]
    assert path_of(traced, recorded) == [*path_of(traced, job), "natter-web: record result"]
    title = next(span for span in ours if span.name == "job" and not of_answer(span))
    assert path_of(traced, title)[:4] == path_of(traced, recorded)
    fan_outs = [span for span in ours if span.name == "fan out"]
    assert {tuple(path_of(traced, span)) for span in fan_outs} >= {
        (root, "natter-web: publish", "natter-realtime: fan out"),
        (*path_of(traced, job), "natter-realtime: fan out"),
    }
    assert {span.attributes["natter.sockets"] for span in fan_outs} == {"1"}
    assert all(int(span.attributes["natter.bytes"]) > 0 for span in fan_outs)
    statements = [span for span in ours if "db.query.text" in span.attributes]
    below = {traced.collector.parent_of(span).name for span in statements}
    assert below >= {request.name, "record result"}
    assert not [span for span in ours if span.has_failed]


async def answered(traced: Traced, times: int) -> bool:
    return len(traced.endpoint.asked) >= times


def of_answer(span: Exported) -> bool:
    return ".title-" not in span.attributes["messaging.destination.name"]


async def test_the_endpoint_is_told_the_trace_and_the_lines_of_the_logs_are(
    traced: Traced,
) -> None:
    chat = await new_chat(Web(traced.web.address, traced.http))
    await post(traced, chat, SAMPLED, tracestate="vendor=secret-to-others")
    await until_recorded(traced)
    headers = traced.endpoint.asked[0].headers
    assert headers["traceparent"].startswith(f"00-{TRACE}-")
    assert headers["traceparent"].endswith("-01")
    assert "tracestate" not in headers
    for process, event in (
        (traced.web, "request"),
        (traced.worker, "answer_ended"),
        (traced.web, "result_recorded"),
    ):
        assert TRACE in {line["trace_id"] for line in traced.lines(process, event)}


async def test_what_is_not_sampled_is_exported_by_nobody(traced: Traced) -> None:
    chat = await new_chat(Web(traced.web.address, traced.http))
    await post(traced, chat, NOT_SAMPLED)
    await until_recorded(traced)
    await end(traced)
    assert traced.collector.spans
    assert TRACE not in {span.trace for span in traced.collector.spans}
    assert traced.endpoint.asked[0].headers["traceparent"].endswith("-00")


async def test_no_span_holds_a_text_a_token_or_a_key(traced: Traced) -> None:
    chat = await new_chat(Web(traced.web.address, traced.http))
    token = token_for(f"chat_{chat}")
    cookie = "session-cookie-of-a-person"
    for given, status in ((token, LISTENS), ("not-a-token", 401)):
        asked = await ask_events(traced.gateway.address, f"chat_{chat}", query=f"?token={given}")
        assert asked.status == status
    async with listening(traced.gateway.address, f"chat_{chat}", token=token):
        await post(traced, chat, SAMPLED, cookie=cookie, authorization=f"Basic {cookie}")
        await traced.http.get(f"/chat/{chat}/message/list/?token={token}")
        await until_recorded(traced)
    await end(traced)
    exported = b"".join(traced.collector.bodies)
    assert b"INSERT INTO outbox" in exported
    handshakes = [span.attributes for span in traced.collector.named("handshake")]
    assert [each.get("natter.group") for each in handshakes].count(f"chat_{chat}") == 2
    assert [each.get("http.response.status_code") for each in handshakes].count("401") == 1
    for secret in (QUESTION, ANSWER, KEY, SECRET, token, cookie, "Basic "):
        assert secret.encode() not in exported
    logs = "".join(process.log.read_text() for process in (traced.web, traced.gateway))
    assert QUESTION not in logs
    assert token not in logs


async def test_a_collector_that_fails_or_is_gone_disturbs_nobody(traced: Traced) -> None:
    traced.collector.status = 503
    chat = await new_chat(Web(traced.web.address, traced.http))
    await post(traced, chat, SAMPLED)
    await until_recorded(traced)
    await end(traced)
