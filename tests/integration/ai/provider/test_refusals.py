"""What an endpoint says when it refuses: whose fault it is, and what a reader may see of it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.ai.provider.ask import Ask
from services.shared.bus.answer_errors import ErrorClass
from tests.support.provider import QUESTION, Got, ask, ask_each, ask_scripted, connected
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, event, refusal

PAGE = (
    b"<!doctype html><html><head><title>404 Not Found</title><style>p{}</style></head>"
    b"<body><h1>Not Found</h1><script>alert(1)</script><p>The model was not found &amp; lost.</p>"
)
GATEWAY = (
    b"<html><head><title>502 Bad Gateway</title></head><body>maximum context length</body></html>"
)
TOO_LARGE = b"<html><head><title>413 Request Entity Too Large</title></head></html>"


def error(message: str, **more: object) -> dict[str, object]:
    return {"error": {"message": message, **more}}


type Refused = tuple[int, object]


def refusals_of_servers() -> Iterator[tuple[str, int, str, object]]:
    """Read the name, the status, the class and the body of each refusal in the file."""
    for line in Path(__file__).with_name("refusals.txt").read_text().splitlines():
        name, status, error_class, *rest = re.split(r"  +", line, maxsplit=3)
        body = "".join(rest)
        is_json = body.startswith(("{", "["))
        yield name, int(status), error_class, json.loads(body) if is_json else body.encode()


async def refused(cases: Mapping[str, Refused]) -> dict[str, Got]:
    """Ask for each of these refusals; those that may pass are tried again at once."""
    return await ask_each(
        {name: refusal(*case, retry_after="0.01") for name, case in cases.items()}
    )


async def test_refusals_of_many_servers_have_their_class_and_keep_their_words() -> None:
    """Words count more than a status of many meanings."""
    cases = {name: (status, cls, body) for name, status, cls, body in refusals_of_servers()}
    got = await refused({name: (status, body) for name, (status, _, body) in cases.items()})
    classes = {name: one.error_class for name, one in got.items()}
    assert classes == {name: cls for name, (_, cls, _) in cases.items()}
    # Each is asked for as a model of the name of its case.
    assert [one.fault.model for one in got.values()] == list(cases)
    for name, (_, _, body) in cases.items():
        fault = got[name].fault
        assert fault.address.endswith("/v1/chat/completions"), name
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, dict) and "message" in error:
            assert fault.said == error["message"], name


async def test_the_limit_that_a_refused_prompt_names_is_remembered() -> None:
    """Each says that 8192 tokens fit."""
    cases = {
        name: refusal(status, body)
        for name, status, cls, body in refusals_of_servers()
        if cls == "context_length"
    }
    script = ScriptedEndpoint(models=cases)
    async with connected(script, max_tokens=900) as connection:
        for name in cases:
            got = await ask(connection, Ask(turns=QUESTION.turns, model=name))
            assert (got.error_class, got.fault.context_tokens) == ("context_length", 8192), name
            assert await connection.knowledge.context_tokens(name) == 8192
    assert len(script.asked) == len(cases) == 18


# The status, the body, the class, and what of the words is shown.
SHAPES: dict[str, tuple[int, object, ErrorClass, str]] = {
    "wrapped": (401, error("No.", code="invalid_api_key"), "auth", "No."),
    "string": (403, {"error": "no"}, "auth", "no"),
    "plain": (402, b"Payment required", "quota", "Payment required"),
    "text": (500, b"Internal\r\n Server\tError", "endpoint_failed", "Internal Server Error"),
    "bare": (500, b"", "endpoint_failed", ""),
    "nothing": (418, b"", "refused", ""),
    "list": (400, [error("Quota.", status="RESOURCE_EXHAUSTED")], "rate_limit", "Quota."),
    "routed": (
        400,
        error("Provider error", metadata={"raw": "prompt is too long: 9 tokens > 8192 maximum"}),
        "context_length",
        "Provider error prompt is too long: 9 tokens > 8192 maximum",
    ),
    "message": (
        400,
        {"type": "no_db_connection", "message": "No connected db."},
        "refused",
        "No connected db.",
    ),
    "detail": (
        400,
        {"detail": "Server is pinned to 'a'; requested 'b'."},
        "refused",
        "Server is pinned to 'a'; requested 'b'.",
    ),
    "FastAPI": (
        422,
        {"detail": [{"loc": ["body", "n"], "msg": "Field required", "input": {"m": "secret"}}]},
        "refused",
        "body.n: Field required",
    ),
    "Mistral": (
        422,
        {
            "object": "error",
            "message": {"detail": [{"loc": ["body", "n"], "msg": "Not valid", "input": "secret"}]},
            "type": "invalid_request_error",
        },
        "refused",
        "body.n: Not valid",
    ),
    "a list of messages": (
        422,
        {"message": [{"msg": "Not valid", "input": "secret"}]},
        "refused",
        "Not valid",
    ),
    "loading": (503, error("Loading model", code=503), "unavailable", "Loading model"),
    "unknown": (422, {"oops": [1, "two"]}, "refused", '{"oops": [1, "two"]}'),
    "odd": (
        400,
        {"error": {"code": {"a": 1}, "message": ["x"], "type": 7, "param": []}},
        "refused",
        '["x"]',
    ),
    "null": (400, None, "refused", ""),
    "a proxy's page": (403, b"<html>nginx</html>", "refused", "nginx"),
    "a proxy's page of 404": (404, PAGE, "not_found", "404 Not Found Not Found The model"),
    "a proxy's page of 407": (407, b"<html>nginx</html>", "unreachable", "nginx"),
    "a proxy's page of 413": (413, TOO_LARGE, "refused", "413 Request Entity Too Large"),
    "a proxy's page of 502": (502, GATEWAY, "unreachable", "502 Bad Gateway maximum context"),
    "a proxy's page of 504": (504, GATEWAY, "timeout", "502 Bad Gateway maximum context"),
    **{
        f"Cloudflare's page of {status}": (status, b"<p>x</p>", "unreachable", "x")
        for status in (521, 522, 523, 530)
    },
}


async def test_a_refusal_of_any_shape_has_its_class_its_status_and_its_words() -> None:
    got = await refused({name: case[:2] for name, case in SHAPES.items()})
    faults = {name: one.fault for name, one in got.items()}
    shown = {name: (fault.status, fault.error_class) for name, fault in faults.items()}
    assert shown == {name: (status, cls) for name, (status, _, cls, _) in SHAPES.items()}
    for name, (status, _, _, said) in SHAPES.items():
        assert faults[name].said.startswith(said), name
        assert bool(faults[name].said) == bool(said), name
        assert "secret" not in faults[name].said
        assert faults[name].diagnosis.endswith(f" {status}")


async def test_json_that_is_deep_or_has_long_numbers_is_refused_as_any_other() -> None:
    got = await refused(
        {
            "deep": (400, b"[" * 60_000),
            "digits": (400, {"error": {"code": "9" * 5000}}),
            "number": (400, b'{"error":{"code":%s}}' % (b"9" * 5000)),
        }
    )
    assert {one.error_class for one in got.values()} == {"refused"}


async def test_an_error_of_an_answer_that_has_begun_keeps_its_words() -> None:
    cases: dict[str, tuple[Reply, ErrorClass, str]] = {
        "in a stream": (
            Reply((chunk("Hi"), event(b'{"error":{"message":"GPU is on fire"}}'))),
            "endpoint_failed",
            "GPU is on fire",
        ),
        "as an event": (
            Reply((chunk("Hi"), b"event: error\ndata: it broke\n\n")),
            "endpoint_failed",
            "it broke",
        ),
        "in 200": (Reply((b'{"detail":"nothing to say"}',)), "bad_response", "nothing to say"),
        "a page": (
            Reply((PAGE,), media_type="text/html"),
            "not_found",
            "404 Not Found Not Found The model was not found & lost.",
        ),
    }
    got = await ask_each({name: reply for name, (reply, *_) in cases.items()})
    for name, (_, *expected) in cases.items():
        fault = got[name].fault
        assert [fault.error_class, fault.said] == expected, name
        assert fault.status is None


async def test_no_refusal_is_so_odd_that_nothing_is_asked_any_more() -> None:
    named = Ask(turns=QUESTION.turns, model="m")
    for headers in (
        {"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"},
        {"content-type": "text/html; charset=base64"},
        {"x-ratelimit-reset-requests": "5\u017f".encode().decode("latin-1")},
    ):
        odd = Reply((b"hi",), 402, headers)
        fine = Reply((chunk("Hello"), STOP, DONE))
        script = ScriptedEndpoint(odd, fine, pages={"/v1/models": odd})
        async with connected(script, model=None) as connection:
            for question in (QUESTION, QUESTION, named):
                assert (await ask(connection, question)).error_class in {"quota", "bad_response"}
            assert (await ask(connection, named)).text == "Hello"


async def test_natters_own_page_is_recognised() -> None:
    own = refusal(404, PAGE, natter_refusal="final")
    assert (await ask_scripted(own)).error_class == "own_address"


async def test_words_that_are_quoted_are_a_persons_and_say_nothing_of_the_limit() -> None:
    said = 'invalid char in "how do I fix maximum context length is 4096 tokens"'
    got = await ask_scripted(refusal(400, {"error": said}))
    assert (got.error_class, got.fault.context_tokens) == ("refused", None)


async def test_a_wait_is_not_shown_where_it_does_not_help() -> None:
    spent = error("Try again in 7s.", code="insufficient_quota")
    got = await ask_scripted(refusal(429, spent, retry_after="7"))
    assert (got.error_class, got.fault.retry_after) == ("quota", None)


async def test_a_missing_key_is_told_from_one_that_is_refused() -> None:
    cases: list[tuple[dict[str, object], ErrorClass]] = [
        ({"api_key": None}, "key_missing"),
        ({}, "auth"),
        ({"api_key": None, "headers": {"x-api-key": "secret-key"}}, "auth"),
    ]
    for settings, expected in cases:
        script = ScriptedEndpoint(refusal(401, {"error": "no"}))
        async with connected(script, None, **settings) as connection:
            assert (await ask(connection)).error_class == expected


async def test_a_prompt_may_be_too_long_without_a_limit() -> None:
    got = await refused(
        {
            "code": (400, error("Too long.", code="context_length_exceeded")),
            "4096": (400, error("m", type="exceed_context_size_error", n_ctx=4096)),
            "500": (500, {"error": "the input length exceeds the context length"}),
            "by": (400, {"error": "prompt too long; exceeded max context length by 500 tokens"}),
            "413": (413, error("Too large.")),
            "window": (400, error("Your input exceeds the context window of this model.")),
            "huge": (400, error("maximum context length is 9999999999999999 tokens")),
        }
    )
    assert {one.error_class for one in got.values()} == {"context_length"}
    limits = {name: one.fault.context_tokens for name, one in got.items()}
    assert limits == {**dict.fromkeys(got), "4096": 4096}
