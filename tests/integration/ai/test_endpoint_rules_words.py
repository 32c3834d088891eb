"""A refusal says whose fault it is: the model's name, the address, the request or the endpoint."""

import pytest

from services.shared.bus.messages import ErrorClass
from tests.support.provider import ask, ask_scripted, connected, connected_to, stream
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    event,
    refusal,
    running_script,
)

PAGE = (
    b"<!doctype html><html><head><title>404 Not Found</title><style>p{}</style></head>"
    b"<body><h1>Not Found</h1><script>alert(1)</script><p>The model was not found &amp; lost.</p>"
)

NO_MODEL: dict[str, tuple[int, object]] = {
    "OpenAI": (404, {"error": {"message": "m", "code": "model_not_found", "param": None}}),
    "OpenAI, by param": (404, {"error": {"message": "m", "code": None, "param": "model"}}),
    "Ollama": (
        404,
        {"error": {"message": 'model "x" not found, try pulling it first', "type": "api_error"}},
    ),
    "Ollama, older": (404, {"error": "model 'x' not found, try pulling it first"}),
    "vLLM": (
        404,
        {
            "error": {
                "message": "The model `x` does not exist.",
                "type": "NotFoundError",
                "code": 404,
            }
        },
    ),
    "vLLM, older": (
        404,
        {"object": "error", "message": "The model `x` does not exist.", "code": 404},
    ),
    "LM Studio": (404, {"error": {"message": 'Model "x" not found', "code": "model_not_found"}}),
    "LM Studio, plain": (404, {"error": "Model not loaded"}),
    "LiteLLM": (
        400,
        {"error": {"message": "Invalid model name passed in model=x.", "code": "400"}},
    ),
    "Azure": (
        404,
        {
            "error": {
                "code": "DeploymentNotFound",
                "message": "The API deployment for this resource does not exist.",
            }
        },
    ),
    "OpenRouter": (404, {"error": {"message": "No endpoints found for x.", "code": 404}}),
    "OpenRouter, 400": (400, {"error": {"message": "x is not a valid model ID", "code": 400}}),
    "Gemini": (
        404,
        [{"error": {"code": 404, "message": "models/x is not found for API version v1main"}}],
    ),
    "Anthropic": (404, {"type": "error", "error": {"message": "model: x"}}),
    "DeepSeek": (400, {"error": {"message": "Model Not Exist"}}),
    "Together": (404, {"error": {"message": "Unable to access model x. Please visit"}}),
    "Groq": (
        400,
        {
            "error": {
                "message": "The model `x` has been decommissioned and is no longer supported.",
                "code": "model_decommissioned",
            }
        },
    ),
    "Cloudflare": (
        400,
        {"success": False, "errors": [{"code": 5007, "message": "No such model @cf/foo or task"}]},
    ),
    "tabbyAPI": (400, {"detail": "A model is not currently loaded."}),
    "Zhipu": (400, {"error": {"code": "1211", "message": "\u6a21\u578b\u4e0d\u5b58\u5728"}}),
    "Moonshot": (404, {"error": {"message": "Not found the model x or Permission denied"}}),
    "xAI": (404, {"code": "not-found", "error": "The model x does not exist or your team"}),
}
NOTHING_THERE: dict[str, tuple[int, object]] = {
    "FastAPI": (404, {"detail": "Not Found"}),
    "Go": (404, b"404 page not found"),
    "Ollama without /v1": (404, b"404 page not found\n"),
    "OpenAI, another path": (
        404,
        {"error": {"message": "Invalid URL (POST /chat/completions)", "code": None}},
    ),
    "Azure": (404, {"error": {"code": "404", "message": "Resource not found"}}),
    "llama.cpp": (404, {"error": {"code": 404, "message": "File Not Found"}}),
    "vLLM": (404, {"error": {"message": "Not Found", "type": "Not Found", "code": 404}}),
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


@pytest.mark.parametrize("server", NO_MODEL)
async def test_a_missing_model_is_told_where_the_body_says_so(server: str) -> None:
    got = await ask_scripted(refusal(*NO_MODEL[server]))
    assert (got.fault.error_class, got.fault.model) == ("model_missing", "some-model")


@pytest.mark.parametrize("server", NOTHING_THERE)
async def test_any_other_404_says_that_nothing_there_speaks_chat_completions(server: str) -> None:
    got = await ask_scripted(refusal(*NOTHING_THERE[server]))
    assert got.fault.error_class == "not_found"
    assert got.fault.address.endswith("/v1/chat/completions") or NOTHING_THERE[server][0] == 200


FALSE_FRIENDS: dict[str, tuple[int, dict[str, object], ErrorClass]] = {
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
    "Anthropic": (
        400,
        {"message": "You have reached your specified API usage limits."},
        "quota",
    ),
    "Fireworks": (
        412,
        {"message": "Account x is suspended, possibly due to reaching the monthly spending limit"},
        "quota",
    ),
    "Zhipu": (429, {"code": "1113", "message": "\u4f59\u989d\u4e0d\u8db3"}, "quota"),
    "OpenAI, moderation": (400, {"message": "No.", "code": "moderation_blocked"}, "content_filter"),
}


@pytest.mark.parametrize("server", FALSE_FRIENDS)
async def test_words_count_more_than_a_status_of_many_meanings(server: str) -> None:
    status, error, expected = FALSE_FRIENDS[server]
    got = await ask_scripted(refusal(status, {"error": error}, retry_after="0.01"))
    assert (got.fault.error_class, got.fault.said) == (expected, error["message"])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (403, "refused"),
        (407, "unreachable"),
        (502, "unreachable"),
        *((cloudflare, "unreachable") for cloudflare in (521, 522, 523, 530)),
    ],
)
async def test_a_proxys_page_says_nothing_of_keys(status: int, expected: ErrorClass) -> None:
    got = await ask_scripted(refusal(status, b"<html>nginx</html>", retry_after="0.01"))
    assert got.fault.error_class == expected


async def test_without_v1_the_address_with_it_is_suggested() -> None:
    script = ScriptedEndpoint(refusal(404, {"detail": "Not Found"}))
    async with running_script(script) as base_url:
        for written in ("", "/", "/models", "/chat/completions", "/v1/chat/completions"):
            address = base_url.removesuffix("/v1") + written
            async with connected_to(f"{address}?api-version=1") as connection:
                got = await ask(connection)
                details = connection.details(got.fault)
            assert (got.fault.error_class, details.suggestion) == ("not_found", base_url)
        async with connected_to(base_url) as connection:
            details = connection.details((await ask(connection)).fault)
        assert details.suggestion == ""
        assert details.address == f"{base_url}/chat/completions"


async def test_a_list_that_is_not_there_names_where_it_was_looked_for() -> None:
    async with running_script(ScriptedEndpoint()) as base_url:
        address = base_url.removesuffix("/v1")
        async with connected_to(address, model=None) as connection:
            got = await ask(connection)
            details = connection.details(got.fault)
    assert (got.fault.error_class, details.status) == ("not_found", 404)
    assert (details.address, details.suggestion) == (f"{address}/models", base_url)


STRANGERS: dict[str, tuple[Reply, str]] = {
    "LM Studio": (refusal(200, {"error": "Unexpected endpoint or method. (x)"}), "Unexpected"),
    "Ollama": (Reply((b"Ollama is running",), media_type="text/plain"), "Ollama is running"),
    "a login": (Reply((b"<title>Sign in</title>",), media_type="text/html"), "Sign in"),
}


@pytest.mark.parametrize("model", ["m", None])
@pytest.mark.parametrize("name", STRANGERS)
async def test_a_stranger_that_answers_everything_has_its_words_and_a_suggestion(
    name: str, model: str | None
) -> None:
    reply, said = STRANGERS[name]
    script = ScriptedEndpoint(reply, pages={"/models": reply})
    async with (
        running_script(script) as base_url,
        connected_to(base_url.removesuffix("/v1"), model=model) as connection,
    ):
        got = await ask(connection)
        details = connection.details(got.fault)
    assert (got.fault.error_class, details.suggestion) == ("not_found", base_url)
    assert details.said.startswith(said)


async def test_a_redirect_to_elsewhere_suggests_where_it_leads() -> None:
    moved = Reply(status=301, headers={"location": "https://localhost:1/v1/chat/completions?k=x"})
    login = Reply(status=302, headers={"location": "https://login.example/sign-in?next=x"})
    for reply, suggestion in ((moved, "https://localhost:1/v1"), (login, "")):
        async with connected(ScriptedEndpoint(reply)) as connection:
            details = connection.details((await ask(connection)).fault)
        assert details.suggestion == suggestion
        assert details.said.startswith("A redirect to https://log" if not suggestion else "A red")
        assert "?" not in details.said


async def test_a_redirect_within_the_host_that_loses_the_chat_is_nothing_to_chat_with() -> None:
    moved = Reply(status=301, headers={"location": "/elsewhere"})
    got = await ask_scripted(moved)
    assert (got.fault.error_class, got.fault.status) == ("not_found", 404)
    assert got.fault.address.endswith("/elsewhere")


async def test_a_page_in_the_place_of_an_answer_is_no_endpoint() -> None:
    got = await ask_scripted(Reply((PAGE,), media_type="text/html"))
    assert got.fault.error_class == "not_found"
    assert got.fault.said == "404 Not Found Not Found The model was not found & lost."


async def test_natters_own_page_is_recognised() -> None:
    own = refusal(404, PAGE, natter_refusal="final")
    assert (await ask_scripted(own)).fault.error_class == "own_address"


CAUSES: dict[str, tuple[Reply, ErrorClass, int | None, str]] = {
    "refused": (
        refusal(400, {"type": "no_db_connection", "message": "No connected db."}),
        "refused",
        400,
        "No connected db.",
    ),
    "pinned": (
        refusal(400, {"detail": "Server is pinned to 'a'; requested 'b'."}),
        "refused",
        400,
        "Server is pinned to 'a'; requested 'b'.",
    ),
    "bare": (refusal(500, b"", retry_after="0.01"), "endpoint_failed", 500, ""),
    "text": (
        refusal(500, b"Internal\r\n Server\tError", retry_after="0.01"),
        "endpoint_failed",
        500,
        "Internal Server Error",
    ),
    "unknown": (refusal(422, {"oops": [1, "two"]}), "refused", 422, '{"oops": [1, "two"]}'),
    "FastAPI": (
        refusal(
            422,
            {
                "detail": [
                    {"loc": ["body", "n"], "msg": "Field required", "input": {"messages": "secret"}}
                ]
            },
        ),
        "refused",
        422,
        "body.n: Field required",
    ),
    "Mistral": (
        refusal(
            422,
            {
                "object": "error",
                "message": {
                    "detail": [{"loc": ["body", "n"], "msg": "Not valid", "input": "secret"}]
                },
                "type": "invalid_request_error",
            },
        ),
        "refused",
        422,
        "body.n: Not valid",
    ),
    "a list": (
        refusal(422, {"message": [{"msg": "Not valid", "input": "secret"}]}),
        "refused",
        422,
        "Not valid",
    ),
    "loading": (
        refusal(503, {"error": {"message": "Loading model", "code": 503}}, retry_after="0.01"),
        "unavailable",
        503,
        "Loading model",
    ),
    "routed": (
        refusal(400, {"error": {"message": "Provider error", "metadata": {"raw": "too hot"}}}),
        "refused",
        400,
        "Provider error too hot",
    ),
    "no credit": (
        refusal(400, {"error": {"message": "Your credit balance is too low to access the API."}}),
        "quota",
        400,
        "Your credit balance is too low to access the API.",
    ),
    "quota": (
        refusal(429, {"error": {"message": "Over.", "code": "insufficient_quota"}}),
        "quota",
        429,
        "Over.",
    ),
    "balance": (refusal(402, {"error": {"message": "Insufficient Balance"}}), "quota", 402, "Ins"),
    "in a stream": (
        Reply((chunk("Hi"), event(b'{"error":{"message":"GPU is on fire"}}'))),
        "endpoint_failed",
        None,
        "GPU is on fire",
    ),
    "as an event": (
        Reply((chunk("Hi"), b"event: error\ndata: it broke\n\n")),
        "endpoint_failed",
        None,
        "it broke",
    ),
    "in 200": (Reply((b'{"detail":"nothing to say"}',)), "bad_response", None, "nothing to say"),
}


@pytest.mark.parametrize("name", CAUSES)
async def test_what_an_endpoint_says_is_kept_with_its_class_and_status(name: str) -> None:
    reply, error, status, said = CAUSES[name]
    got = await ask_scripted(reply)
    assert (got.fault.error_class, got.fault.status) == (error, status)
    assert got.fault.said.startswith(said)
    assert bool(got.fault.said) == bool(said)
    assert "secret" not in got.fault.said


async def test_waiting_is_not_told_where_it_does_not_help() -> None:
    spent = {"error": {"message": "Try again in 7s.", "code": "insufficient_quota"}}
    got = await ask_scripted(refusal(429, spent, retry_after="7"))
    assert (got.fault.error_class, got.fault.retry_after) == ("quota", None)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"api_key": None}, "key_missing"),
        ({}, "auth"),
        ({"api_key": None, "headers": {"x-api-key": "secret-key"}}, "auth"),
    ],
)
async def test_a_key_that_is_not_set_is_told_from_one_that_is_refused(
    settings: dict[str, object], error: ErrorClass
) -> None:
    script = ScriptedEndpoint(refusal(401, {"error": "no"}))
    async with connected(script, None, **settings) as connection:
        assert (await ask(connection)).fault.error_class == error


async def test_why_there_is_no_connection_is_told_in_this_machines_words() -> None:
    async with connected_to("http://127.0.0.1:1/v1") as connection:
        got = await ask(connection)
        details = connection.details(got.fault)
    assert "refused" in details.said.lower()
    assert (details.address, details.model) == ("http://127.0.0.1:1/v1", "some-model")


TOOLS = {
    "whole": b'{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"search",'
    b'"arguments":"{}"}}]}}]}',
    "legacy": b'{"choices":[{"delta":{"function_call":{"name":"search","arguments":""}}}]}',
    "with the reason": b'{"choices":[{"delta":{"tool_calls":[{"function":{"name":"search"}}]},'
    b'"finish_reason":"tool_calls"}]}',
}


@pytest.mark.parametrize("shape", TOOLS)
async def test_a_tool_that_is_asked_for_is_named(shape: str) -> None:
    got = await stream(event(TOOLS[shape]), chunk(finish_reason="tool_calls"), DONE)
    assert [piece.tool for piece in got.pieces if piece.tool] == ["search"]


@pytest.mark.parametrize(
    "calls",
    [
        b'{"tool_calls":null}',
        b'{"tool_calls":{"a":1}}',
        b'{"tool_calls":[null,7,{"function":[]},{"function":{"name":""}}]}',
        b'{"tool_calls":[{"function":{"name":7,"arguments":"x"}}]}',
        b'{"function_call":"auto"}',
        b'{"function_call":{"arguments":"x"}}',
    ],
)
async def test_what_names_no_tool_is_passed_over(calls: bytes) -> None:
    got = await stream(event(b'{"choices":[{"delta":' + calls + b"}]}"), chunk("Hi"), STOP, DONE)
    assert (got.error, got.text) == (None, "Hi")
    assert not [piece for piece in got.pieces if piece.tool]
