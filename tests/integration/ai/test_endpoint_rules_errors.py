"""Errors in every shape have their class, and a prompt that is too long has its limit."""

import pytest

from services.ai.provider.ask import Ask
from services.shared.bus.messages import ErrorClass
from tests.support.provider import QUESTION, ask, ask_scripted, connected, stream
from tests.support.scripted import DONE, STOP, Reply, ScriptedEndpoint, chunk, event, refusal

PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body>maximum context length</body></html>"
)
SHAPES: dict[str, tuple[int, object, ErrorClass]] = {
    "wrapped": (401, {"error": {"message": "No.", "code": "invalid_api_key"}}, "auth"),
    "flat": (
        404,
        {"object": "error", "message": "The model `m` does not exist.", "code": 404},
        "model_missing",
    ),
    "string": (403, {"error": "no"}, "auth"),
    "plain": (402, b"Payment required", "quota"),
    "page": (502, PAGE, "unreachable"),
    "page for a timeout": (504, PAGE, "timeout"),
    "nothing": (418, b"", "refused"),
    "list": (400, [{"error": {"status": "RESOURCE_EXHAUSTED", "message": "Quota."}}], "rate_limit"),
    "no model 400": (400, {"error": {"message": "x is not a valid model ID"}}, "model_missing"),
    "no model": (
        400,
        {"error": {"message": "Invalid model name passed in model=m"}},
        "model_missing",
    ),
    "azure filter": (
        400,
        {
            "error": {
                "code": "content_filter",
                "status": 400,
                "message": "The response was filtered.",
                "innererror": {"code": "ResponsibleAIPolicyViolation"},
            }
        },
        "content_filter",
    ),
    "router filter": (
        403,
        {"error": {"code": 403, "message": "Input was flagged"}},
        "content_filter",
    ),
    "routed": (
        400,
        {
            "error": {
                "message": "Provider returned error",
                "metadata": {"raw": "prompt is too long: 9 tokens > 8192 maximum"},
            }
        },
        "context_length",
    ),
    "deep": (400, b"[" * 60_000, "refused"),
    "odd": (
        400,
        {"error": {"code": {"a": 1}, "message": ["x"], "type": 7, "param": []}},
        "refused",
    ),
    "long number": (400, {"error": {"code": "9" * 5000}}, "refused"),
    "null": (400, None, "refused"),
    "very long number": (400, b'{"error":{"code":%s}}' % (b"9" * 5000), "refused"),
}


@pytest.mark.parametrize("name", SHAPES)
async def test_a_refusal_in_any_shape_has_its_class(name: str) -> None:
    status, body, expected = SHAPES[name]
    reply = refusal(status, body, retry_after="0.01")
    got = await ask_scripted(reply)
    assert (got.fault.error_class, got.text) == (expected, "")
    assert got.fault.diagnosis.endswith(f" {status}")


ODD = {
    "date": {"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"},
    "charset": {"content-type": "text/html; charset=base64"},
    "letter": {"x-ratelimit-reset-requests": "5\u017f".encode().decode("latin-1")},
}


REFUSED: set[ErrorClass] = {"quota", "bad_response"}


@pytest.mark.parametrize("name", ODD)
async def test_no_refusal_is_so_odd_that_nothing_is_asked_any_more(name: str) -> None:
    odd = Reply((b"hi",), 402, ODD[name])
    fine = Reply((chunk("Hello"), STOP, DONE))
    script = ScriptedEndpoint(odd, fine, pages={"/v1/models": odd})
    named = Ask(turns=QUESTION.turns, model="m")
    async with connected(script, model=None) as connection:
        for question in (QUESTION, QUESTION, named):
            assert (await ask(connection, question)).fault.error_class in REFUSED
        assert (await ask(connection, named)).text == "Hello"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (event(b'{"error":{"message":"Overloaded","code":429}}'), "rate_limit"),
        (
            event(
                b'{"error":{"message":"Provider disconnected","code":502},"choices":[{"delta":{}}]}'
            ),
            "endpoint_failed",
        ),
        (event(b'{"error":{"message":"The model `x` does not exist"}}'), "model_missing"),
        (event(b'{"error":{"message":"Incorrect API key provided"}}'), "auth"),
        (
            event(b'{"error":{"message":"No endpoints found that support tool use","code":404}}'),
            "refused",
        ),
        (event(b'{"error":"no"}'), "endpoint_failed"),
        (b'event: error\ndata: {"error":{"type":"overloaded_error"}}\n\n', "rate_limit"),
        (b'event: error\ndata: {"object":"error","message":"m","code":400}\n\n', "refused"),
        (b"event: error\ndata: something broke\n\n", "endpoint_failed"),
        (b'error: {"code":500,"message":"context size exceeded"}\n\n', "context_length"),
        (chunk(finish_reason="error"), "endpoint_failed"),
        (event(b'{"choices":[{"error":{"code":429,"message":"m"},"delta":{}}]}'), "rate_limit"),
        (event(b'{"choices":'), "bad_response"),
        (event(b'{"choices":{"a":1}}'), "bad_response"),
        (event(b"[" * 100_000), "bad_response"),
        (event(b"\xff\xfe"), "bad_response"),
    ],
    ids=range(16),
)
async def test_an_error_within_a_stream_has_its_class_and_keeps_the_text(
    error: bytes, expected: ErrorClass
) -> None:
    for parts in ([chunk("Before"), error, DONE], [chunk("Before") + error]):
        got = await stream(*parts)
        assert (got.text, got.fault.error_class) == ("Before", expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (PAGE, "not_found"),
        (b'{"error":{"message":"m","code":"rate_limit_exceeded"}}', "rate_limit"),
        (b'\n {"detail":"m"}', "bad_response"),
        (b"", "bad_response"),
        (b"Internal Server Error", "bad_response"),
        (b": only a comment\n\n", "bad_response"),
        (b"Ollama is running", "not_found"),
        (b'{"error":"model \'x\' not found"}', "model_missing"),
        (b'{"error":"Unexpected endpoint or method. (POST /chat/completions)"}', "not_found"),
    ],
)
async def test_an_error_with_status_200_is_one(body: bytes, expected: ErrorClass) -> None:
    assert (await stream(body)).fault.error_class == expected


TOO_LONG = {
    "OpenAI": (
        "This model's maximum context length is 8192 tokens. However, your messages "
        "resulted in 9001 tokens."
    ),
    "vLLM": (
        "This model's maximum context length is 8192 tokens. However, you requested 9000 "
        "tokens (8000 in the messages, 1000 in the completion)."
    ),
    "vLLM, max_tokens": (
        "'max_tokens' or 'max_completion_tokens' is too large: 900. This model's maximum "
        "context length is 8192 tokens and your request has 8000 input tokens"
    ),
    "vLLM, prompt": (
        "The decoder prompt (length 9000) is longer than the maximum model length of 8192."
    ),
    "SGLang": "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    "llama.cpp": (
        "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it"
    ),
    "llama-cpp-python": "Requested tokens (9000) exceed context window of 8192",
    "LM Studio": (
        "The number of tokens to keep from the initial prompt is greater than the context "
        "length (n_keep: 9000>= n_ctx: 8192)."
    ),
    "LM Studio, loaded": (
        "Trying to keep the first 9000 tokens when context the overflows. However, the "
        "model is loaded with context length of only 8192 tokens, which is not enough."
    ),
    "Mistral": (
        "Prompt contains 9000 tokens and 0 draft tokens, too large for model with 8192 "
        "maximum context length"
    ),
    "Anthropic": "prompt is too long: 9000 tokens > 8192 maximum",
    "Gemini": "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
    "TGI": "`inputs` must have less than 8192 tokens. Given: 9000",
    "Together": "`inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9000",
    "Moonshot": "Invalid request: Your request exceeded model token limit: 8192",
    "Qwen": "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 8192]",
    "LiteLLM": "OpenAIException - {'message': \"maximum context length is 8192 tokens\"}",
    "OpenRouter": (
        "This endpoint's maximum context length is 8,192 tokens. However, you requested "
        "about 9000 tokens"
    ),
}


@pytest.mark.parametrize("server", TOO_LONG)
async def test_a_prompt_that_is_too_long_is_told_with_the_limit_and_that_is_remembered(
    server: str,
) -> None:
    script = ScriptedEndpoint(refusal(400, {"error": {"message": TOO_LONG[server]}}))
    async with connected(script, max_tokens=900) as connection:
        got = await ask(connection)
        assert await connection.knowledge.context_tokens(None) == 8192
    assert (got.fault.error_class, got.fault.context_tokens) == ("context_length", 8192)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "tokens"),
    [
        (400, {"error": {"code": "context_length_exceeded", "message": "Too long."}}, None),
        (
            400,
            {"error": {"type": "exceed_context_size_error", "message": "m", "n_ctx": 4096}},
            4096,
        ),
        (500, {"error": "the input length exceeds the context length"}, None),
        (400, {"error": "prompt too long; exceeded max context length by 500 tokens"}, None),
        (413, {"error": {"message": "Too large."}}, None),
        (400, {"error": {"message": "Your input exceeds the context window of this model."}}, None),
        (400, {"error": {"message": "maximum context length is 9999999999999999 tokens"}}, None),
    ],
)
async def test_a_limit_that_is_not_told_is_none(
    status: int, body: object, tokens: int | None
) -> None:
    got = await ask_scripted(refusal(status, body))
    assert (got.fault.error_class, got.fault.context_tokens) == ("context_length", tokens)


async def test_too_many_tokens_a_minute_is_no_matter_of_length() -> None:
    said = "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7000"
    body = {"error": {"message": said, "type": "tokens", "code": "rate_limit_exceeded"}}
    assert (await ask_scripted(refusal(413, body))).fault.error_class == "rate_limit"


async def test_what_a_person_wrote_is_not_judged_where_it_is_quoted() -> None:
    said = 'invalid char in "how do I fix maximum context length is 4096 tokens"'
    got = await ask_scripted(refusal(400, {"error": said}))
    assert (got.fault.error_class, got.fault.context_tokens) == ("refused", None)
    assert got.fault.said == said


async def test_a_proxys_page_of_413_is_no_matter_of_tokens() -> None:
    page = b"<html><head><title>413 Request Entity Too Large</title></head></html>"
    assert (await ask_scripted(refusal(413, page))).fault.error_class == "refused"
