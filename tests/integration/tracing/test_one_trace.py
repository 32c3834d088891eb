"""One message is one trace, from the browser's request through every service to the sockets."""

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
    """Wait until the answer's result is in the database: the message has passed every service."""

    async def is_recorded() -> bool:
        return bool(traced.lines(traced.web, "result_recorded"))

    await until(is_recorded)


async def end(traced: Traced) -> None:
    """End each service; at its end it exports its spans."""
    for part in (traced.web, traced.gateway, traced.worker):
        assert part.process is not None
        part.process.terminate()
        await asyncio.to_thread(part.process.wait)
        assert part.process.returncode == -signal.SIGTERM


def path_of(traced: Traced, span: Exported) -> list[str]:
    """Name the spans above this one, from the root on, and itself last."""
    names = [f"{span.service}: {span.name}"]
    while span.parent != "00f067aa0ba902b7":
        span = traced.collector.parent_of(span)
        names.insert(0, f"{span.service}: {span.name}")
    return names


async def test_a_message_is_one_trace_and_no_span_holds_a_secret(traced: Traced) -> None:
    """One run of the services, whose spans then are looked at from three sides."""
    chat = await new_chat(Web(traced.web.address, traced.http))
    token = token_for(f"chat_{chat}")
    cookie = "session-cookie-of-a-person"
    for given, status in ((token, LISTENS), ("not-a-token", 401)):
        asked = await ask_events(traced.gateway.address, f"chat_{chat}", query=f"?token={given}")
        assert asked.status == status
    async with listening(traced.gateway.address, f"chat_{chat}", token=token) as socket:
        private = {"cookie": cookie, "authorization": f"Basic {cookie}"}
        await post(traced, chat, SAMPLED, tracestate="vendor=secret-to-others", **private)
        await traced.http.get(f"/chat/{chat}/message/list/?token={token}")
        await until_recorded(traced)
        await socket.receive_any()
        # The answer and the title: after both, everything is ready to be exported.
        await until(lambda: answered(traced, 2))
        await end(traced)
    _check_the_tree(traced)
    _check_headers_and_logs(traced)
    _check_secrets(traced, chat, [QUESTION, ANSWER, KEY, SECRET, token, cookie, "Basic "])


def _check_the_tree(traced: Traced) -> None:
    """Each span is below the one that caused it."""
    ours = [span for span in traced.collector.spans if span.trace == TRACE]
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


def _check_headers_and_logs(traced: Traced) -> None:
    """The endpoint gets the trace, and log lines name it."""
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


def _check_secrets(traced: Traced, chat: int, secrets: list[str]) -> None:
    """No span holds a text, a token or a key, and no log a question or a token."""
    exported = b"".join(traced.collector.bodies)
    assert b"INSERT INTO outbox" in exported
    handshakes = [span.attributes for span in traced.collector.named("handshake")]
    assert [each.get("natter.group") for each in handshakes].count(f"chat_{chat}") == 2
    assert [each.get("http.response.status_code") for each in handshakes].count("401") == 1
    assert [secret for secret in secrets if secret.encode() in exported] == []
    logs = "".join(process.log.read_text() for process in (traced.web, traced.gateway))
    assert QUESTION not in logs
    assert not [token for token in secrets[4:5] if token in logs]


async def answered(traced: Traced, times: int) -> bool:
    return len(traced.endpoint.asked) >= times


def of_answer(span: Exported) -> bool:
    return ".title-" not in span.attributes["messaging.destination.name"]


async def test_a_trace_that_is_not_sampled_is_not_exported_and_a_broken_collector_harms_nobody(
    traced: Traced,
) -> None:
    chat = await new_chat(Web(traced.web.address, traced.http))
    await post(traced, chat, NOT_SAMPLED)
    await until_recorded(traced)
    traced.collector.status = 503
    await end(traced)
    assert traced.collector.bodies
    assert TRACE.encode() not in b"".join(traced.collector.bodies)
    assert bytes.fromhex(TRACE) not in b"".join(traced.collector.bodies)
    assert traced.endpoint.asked[0].headers["traceparent"].endswith("-00")
