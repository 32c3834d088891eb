"""What an endpoint says when it refuses: whose fault it is, and what a reader may see of it."""

from collections.abc import Mapping

from services.ai.provider.ask import Ask
from services.shared.bus.messages import ErrorClass
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

NO_MODEL: dict[str, Refused] = {
    "OpenAI": (404, error("m", code="model_not_found", param=None)),
    "OpenAI, by param": (404, error("m", code=None, param="model")),
    "OpenAI, 400": (400, error("Invalid model name passed in model=m")),
    "Ollama": (404, error('model "x" not found, try pulling it first', type="api_error")),
    "Ollama, older": (404, {"error": "model 'x' not found, try pulling it first"}),
    "vLLM": (404, error("The model `x` does not exist.", type="NotFoundError", code=404)),
    "vLLM, older": (
        404,
        {"object": "error", "message": "The model `x` does not exist.", "code": 404},
    ),
    "LM Studio": (404, error('Model "x" not found', code="model_not_found")),
    "LM Studio, plain": (404, {"error": "Model not loaded"}),
    "LiteLLM": (400, error("Invalid model name passed in model=x.", code="400")),
    "Azure": (
        404,
        error("The API deployment for this resource does not exist.", code="DeploymentNotFound"),
    ),
    "OpenRouter": (404, error("No endpoints found for x.", code=404)),
    "OpenRouter, 400": (400, error("x is not a valid model ID", code=400)),
    "Gemini": (404, [error("models/x is not found for API version v1main", code=404)]),
    "Anthropic": (404, {"type": "error", "error": {"message": "model: x"}}),
    "DeepSeek": (400, error("Model Not Exist")),
    "Together": (404, error("Unable to access model x. Please visit")),
    "Groq": (
        400,
        error(
            "The model `x` has been decommissioned and is no longer supported.",
            code="model_decommissioned",
        ),
    ),
    "Cloudflare": (
        400,
        {"success": False, "errors": [{"code": 5007, "message": "No such model @cf/foo or task"}]},
    ),
    "tabbyAPI": (400, {"detail": "A model is not currently loaded."}),
    "Zhipu": (400, error("\u6a21\u578b\u4e0d\u5b58\u5728", code="1211")),
    "Moonshot": (404, error("Not found the model x or Permission denied")),
    "xAI": (404, {"code": "not-found", "error": "The model x does not exist or your team"}),
}
NOTHING_THERE: dict[str, Refused] = {
    "FastAPI": (404, {"detail": "Not Found"}),
    "Go": (404, b"404 page not found"),
    "Ollama without /v1": (404, b"404 page not found\n"),
    "OpenAI, another path": (404, error("Invalid URL (POST /chat/completions)", code=None)),
    "Azure": (404, error("Resource not found", code="404")),
    "llama.cpp": (404, error("File Not Found", code=404)),
    "vLLM": (404, error("Not Found", type="Not Found", code=404)),
    "LM Studio without /v1": (
        200,
        {"error": "Unexpected endpoint or method. (POST /chat/completions)"},
    ),
    "Cloudflare": (404, {"errors": [{"code": 7000, "message": "No route for that URI"}]}),
    "a proxy's page": (404, PAGE),
    "empty": (404, b""),
    "wrong method": (405, {"detail": "Method Not Allowed"}),
    "a static server": (501, b"<html><title>Error response</title>Unsupported method"),
}


async def refused(cases: Mapping[str, Refused]) -> dict[str, Got]:
    """Ask for each of these refusals; those that may pass are tried again at once."""
    return await ask_each(
        {name: refusal(*case, retry_after="0.01") for name, case in cases.items()}
    )


async def test_a_missing_model_is_recognised_in_the_words_of_many_servers() -> None:
    got = await refused(NO_MODEL)
    assert {name: one.error_class for name, one in got.items()} == dict.fromkeys(
        NO_MODEL, "model_missing"
    )
    # Each is asked for as a model of the name of its case.
    assert [one.fault.model for one in got.values()] == list(NO_MODEL)


async def test_any_other_404_says_that_there_are_no_chat_completions() -> None:
    got = await refused(NOTHING_THERE)
    assert {name: one.error_class for name, one in got.items()} == dict.fromkeys(
        NOTHING_THERE, "not_found"
    )
    without_address = {name for name, one in got.items() if not one.fault.address}
    assert without_address == {"LM Studio without /v1"}
    addresses = {one.fault.address.rpartition("/v1")[2] for one in got.values()}
    assert addresses == {"/chat/completions", ""}


WORDS: dict[str, tuple[int, dict[str, object], ErrorClass]] = {
    "OpenRouter, privacy": (
        404,
        {
            "message": "No endpoints found matching your data policy (Free model publication)."
            " Configure: https://openrouter.ai/settings/privacy",
            "code": 404,
        },
        "refused",
    ),
    "OpenRouter, tools": (404, {"message": "No endpoints found that support tool use"}, "refused"),
    "OpenRouter, providers": (
        404,
        {"message": "No allowed providers are available for the selected model."},
        "refused",
    ),
    "Google": (
        404,
        {"message": "models/embedding-001 is not supported for generateContent."},
        "refused",
    ),
    "OpenAI, responses": (
        404,
        {
            "message": "This model is only supported in v1/responses and not in"
            " v1/chat/completions.",
            "param": "model",
        },
        "refused",
    ),
    "OpenAI, no chat": (
        404,
        {
            "message": "This is not a chat model and thus not supported in the"
            " v1/chat/completions endpoint.",
            "param": "model",
        },
        "refused",
    ),
    "a parameter": (
        400,
        {
            "message": "This model does not support parameter 'temperature'; the feature is not"
            " available for this model."
        },
        "refused",
    ),
    "an image": (
        400,
        {"message": "The model could not download the image: https://x/y.png not found"},
        "refused",
    ),
    "an effort": (
        400,
        {"message": "Model gpt-x: reasoning effort 'none' is not available"},
        "refused",
    ),
    "OpenRouter, behind": (
        502,
        {"message": "Provider returned error", "code": 502},
        "endpoint_failed",
    ),
    "xAI, key": (
        400,
        {"message": "Incorrect API key provided: xa***ab. You can obtain an API key from x"},
        "auth",
    ),
    "Google, key": (400, {"message": "API key not valid. Please pass a valid API key."}, "auth"),
    "header": (400, {"message": "Missing or invalid Authorization header"}, "auth"),
    "LiteLLM, key": (400, {"message": "Key Expiry time 2025", "type": "expired_key"}, "auth"),
    "OpenRouter, limit": (403, {"message": "Key limit exceeded (total limit)."}, "quota"),
    "xAI, credits": (
        403,
        {"message": "Your newly created team doesn't have any credits or licenses yet."},
        "quota",
    ),
    "LiteLLM, budget": (400, {"message": "Over.", "type": "budget_exceeded"}, "quota"),
    "Anthropic": (400, {"message": "You have reached your specified API usage limits."}, "quota"),
    "Anthropic, credit": (
        400,
        {"message": "Your credit balance is too low to access the API."},
        "quota",
    ),
    "Fireworks": (
        412,
        {"message": "Account x is suspended, possibly due to reaching the monthly spending limit"},
        "quota",
    ),
    "DeepSeek": (402, {"message": "Insufficient Balance"}, "quota"),
    "OpenAI, quota": (429, {"message": "Over.", "code": "insufficient_quota"}, "quota"),
    "Zhipu": (429, {"code": "1113", "message": "\u4f59\u989d\u4e0d\u8db3"}, "quota"),
    "OpenAI, moderation": (400, {"message": "No.", "code": "moderation_blocked"}, "content_filter"),
    "OpenRouter, moderation": (
        403,
        {"code": 403, "message": "Input was flagged"},
        "content_filter",
    ),
    "Azure, filter": (
        400,
        {
            "code": "content_filter",
            "status": 400,
            "message": "The response was filtered.",
            "innererror": {"code": "ResponsibleAIPolicyViolation"},
        },
        "content_filter",
    ),
    "OpenAI, tokens a minute": (
        413,
        {
            "message": "Request too large for model `m` on tokens per minute (TPM): Limit 6000,"
            " Requested 7000",
            "type": "tokens",
            "code": "rate_limit_exceeded",
        },
        "rate_limit",
    ),
    # A person's words, where they are quoted.
    "quoted": (
        400,
        {"message": 'invalid char in "how do I fix maximum context length is 4096 tokens"'},
        "refused",
    ),
}


async def test_words_count_more_than_a_status_of_many_meanings() -> None:
    got = await refused({name: (status, {"error": e}) for name, (status, e, _) in WORDS.items()})
    shown = {name: (one.error_class, one.fault.said) for name, one in got.items()}
    assert shown == {name: (cls, error["message"]) for name, (_, error, cls) in WORDS.items()}
    assert got["quoted"].fault.context_tokens is None


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
        "in 200": (
            Reply((b'{"detail":"nothing to say"}',)),
            "bad_response",
            "nothing to say",
        ),
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


# Each says that 8192 tokens fit.
TOO_LONG = {
    "OpenAI": "This model's maximum context length is 8192 tokens. However, your messages"
    " resulted in 9001 tokens.",
    "vLLM": "This model's maximum context length is 8192 tokens. However, you requested 9000"
    " tokens (8000 in the messages, 1000 in the completion).",
    "vLLM, max_tokens": "'max_tokens' or 'max_completion_tokens' is too large: 900. This model's"
    " maximum context length is 8192 tokens and your request has 8000 input tokens",
    "vLLM, prompt": "The decoder prompt (length 9000) is longer than the maximum model length of"
    " 8192.",
    "SGLang": "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
    "llama.cpp": "request (9000 tokens) exceeds the available context size (8192 tokens), try"
    " increasing it",
    "llama-cpp-python": "Requested tokens (9000) exceed context window of 8192",
    "LM Studio": "The number of tokens to keep from the initial prompt is greater than the context"
    " length (n_keep: 9000>= n_ctx: 8192).",
    "LM Studio, loaded": "Trying to keep the first 9000 tokens when context the overflows. However,"
    " the model is loaded with context length of only 8192 tokens, which is not enough.",
    "Mistral": "Prompt contains 9000 tokens and 0 draft tokens, too large for model with 8192"
    " maximum context length",
    "Anthropic": "prompt is too long: 9000 tokens > 8192 maximum",
    "Gemini": "The input token count (9000) exceeds the maximum number of tokens allowed (8192).",
    "TGI": "`inputs` must have less than 8192 tokens. Given: 9000",
    "Together": "`inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9000",
    "Moonshot": "Invalid request: Your request exceeded model token limit: 8192",
    "Qwen": "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 8192]",
    "LiteLLM": "OpenAIException - {'message': \"maximum context length is 8192 tokens\"}",
    "OpenRouter": "This endpoint's maximum context length is 8,192 tokens. However, you requested"
    " about 9000 tokens",
}


async def test_the_limit_that_a_refused_prompt_names_is_remembered() -> None:
    replies = {name: refusal(400, error(said)) for name, said in TOO_LONG.items()}
    script = ScriptedEndpoint(models=replies)
    async with connected(script, max_tokens=900) as connection:
        for name in TOO_LONG:
            got = await ask(connection, Ask(turns=QUESTION.turns, model=name))
            assert (got.error_class, got.fault.context_tokens) == ("context_length", 8192), name
            assert await connection.knowledge.context_tokens(name) == 8192
    assert len(script.asked) == len(TOO_LONG)


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
