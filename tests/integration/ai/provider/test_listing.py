"""What an endpoint lists is used; it may also be missing, huge, slow or wrong."""

import asyncio

import pytest
from structlog.testing import capture_logs

from services.ai.provider.ask import Ask
from services.ai.provider.discovery import listing_cache
from services.ai.provider.discovery.knowledge import REMEDY
from services.ai.provider.discovery.listing import MOST_MODELS, ModelInfo
from services.ai.provider.errors import EndpointError
from tests.support.provider import MODEL, QUESTION, ask, connected, connected_to
from tests.support.scripted import Reply, ScriptedEndpoint, refusal
from tests.support.waiting import until

STALLED = Reply(stalls=True)
NEWER = {"data": [{"id": "newer"}]}


async def test_the_list_is_asked_for_once_by_all() -> None:
    entries = [{"id": "a", "owned_by": "me", "context_length": 4096}, {"id": "a"}, {"id": 7}, 7]
    script = ScriptedEndpoint(pages={"/v1/models": {"data": entries}})
    async with connected(script) as connection:
        lists = await asyncio.gather(*(connection.knowledge.listing.get() for _ in range(5)))
        lists.append(await connection.knowledge.listing.get())
    assert {listing.models for listing in lists} == {(ModelInfo("a"),)}
    assert len(script.fetched) == 1
    assert script.fetched[0].headers["authorization"].startswith("Bearer ")


async def test_the_list_may_be_bare_or_under_another_name() -> None:
    for listed in ([{"id": "b"}], {"models": [{"name": "b"}]}):
        script = ScriptedEndpoint(pages={"/v1/models": listed})
        async with connected(script, model=None) as connection:
            await ask(connection)
        assert script.asked[0].body["model"] == "b"


async def test_without_a_list_a_model_must_be_named() -> None:
    cases: list[tuple[object, str]] = [
        ({"data": []}, "model_missing"),
        ({"data": None}, "model_missing"),
        ("models", "model_missing"),
        (b"{", "bad_response"),
        (b"\xff", "bad_response"),
        (b"[" * 100_000, "bad_response"),
        (b"<html><title>Sign in</title></html>", "not_found"),
        (b"Ollama is running", "not_found"),
        ({"error": "Unexpected endpoint or method. (GET /models)"}, "not_found"),
        ({"error": {"message": "Incorrect API key provided"}}, "auth"),
        (None, "not_found"),
        (refusal(401, {"error": {"message": "no"}}), "auth"),
        (Reply(headers={"content-encoding": "gzip"}, parts=(b"\x1f\x8b",)), "bad_response"),
    ]
    for listed, error in cases:
        script = ScriptedEndpoint(pages={"/v1/models": listed})
        async with connected(script, model=None) as connection:
            with capture_logs() as logs:
                assert (await ask(connection)).error_class == error, listed
            assert [entry["remedy"] for entry in logs if "remedy" in entry] == [REMEDY]
            assert not await connection.knowledge.continuation()
            assert await connection.knowledge.context_tokens(None) is None
            assert (await ask(connection, Ask(turns=QUESTION.turns, model="m"))).text == "Hello"


async def test_a_list_that_never_ends_is_cut() -> None:
    endless = Reply((b'{"data":[',), repeats=b'{"id":"a"},' * 50_000)
    async with connected(ScriptedEndpoint(pages={"/v1/models": endless})) as connection:
        with pytest.raises(EndpointError) as raised:
            await connection.knowledge.listing.get()
    assert raised.value.error_class == "bad_response"


async def test_a_huge_list_is_cut() -> None:
    listed = {"data": [{"id": f"model-{n}", "about": "x" * 200} for n in range(MOST_MODELS + 1000)]}
    async with connected(ScriptedEndpoint(pages={"/v1/models": listed})) as connection:
        assert len((await connection.knowledge.listing.get()).models) == MOST_MODELS


async def test_a_list_that_does_not_come_delays_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_cache, "GLANCE_SECONDS", 0.3)
    script = ScriptedEndpoint(pages={"/v1/models": STALLED})
    async with connected(script) as connection:
        assert not await connection.knowledge.continuation()
        assert (await ask(connection)).text == "Hello"
    assert len(script.fetched) == 1


async def test_a_list_that_failed_is_asked_for_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = ScriptedEndpoint(pages={"/v1/models": b"{"})
    async with connected(script) as connection:
        listing = connection.knowledge.listing
        assert not (await listing.glance()).models
        script.pages["/v1/models"] = NEWER
        assert not (await listing.glance()).models
        assert len(script.fetched) == 1
        monkeypatch.setattr(listing_cache, "FORGIVEN_SECONDS", 0.0)
        assert (await listing.glance()).models == (ModelInfo("newer"),)


async def test_an_old_list_is_used_until_there_is_a_newer_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing_cache, "FORGIVEN_SECONDS", 0.0)
    script = ScriptedEndpoint(pages={"/v1/models": {"data": [{"id": "older"}]}})
    async with connected(script) as connection:
        listing = connection.knowledge.listing

        async def is_newer() -> bool:
            (model,) = (await listing.get()).models
            assert model.id in {"older", "newer"}
            return model.id == "newer"

        assert not await is_newer()
        assert not await is_newer()
        for _ in range(20):  # by then another request for the list would have come
            await ask(connection)
        assert len(script.fetched) == 1
        monkeypatch.setattr(listing_cache, "FRESH_SECONDS", 0.0)
        for script.pages["/v1/models"] in (b"{", NEWER):
            before = len(script.fetched)

            async def is_asked_again(before: int = before) -> bool:
                await is_newer()
                return len(script.fetched) > before

            await until(is_asked_again)
        await until(is_newer)


LISTED: dict[str, tuple[dict[str, object], dict[str, object], int | None]] = {
    "vllm": ({"owned_by": "vllm", "max_model_len": 8192}, {}, 8192),
    "openrouter": ({"context_length": 200_000, "top_provider": {"context_length": 9}}, {}, 200_000),
    "groq": ({"context_window": 131_072}, {}, 131_072),
    "llama.cpp": (
        {"owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}},
        {"/props": {"default_generation_settings": {"n_ctx": 4096}}},
        4096,
    ),
    "llama.cpp without props": (
        {"owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}},
        {},
        131_072,
    ),
    "ollama": (
        {"owned_by": "library"},
        {"/api/ps": {"models": [{"name": MODEL, "context_length": 4096}]}},
        4096,
    ),
    "ollama, not loaded": ({"owned_by": "library"}, {"/api/ps": {"models": []}}, None),
    "lmstudio": (
        {"owned_by": "organization_owner"},
        {"/api/v0/models": {"data": [{"id": MODEL, "loaded_context_length": 8192}]}},
        8192,
    ),
    "openai": ({"owned_by": "system"}, {}, None),
    "nonsense": (
        {"owned_by": 7, "max_model_len": -1, "context_length": "many", "meta": []},
        {},
        None,
    ),
}


async def test_the_context_is_as_long_as_the_endpoint_says() -> None:
    for name, (entry, pages, expected) in LISTED.items():
        listed = {"data": [{"id": MODEL, **entry}]}
        async with connected(ScriptedEndpoint(pages={"/v1/models": listed, **pages})) as connection:
            assert await connection.knowledge.context_tokens(None) == expected, name
            assert await connection.knowledge.context_tokens("another") in {None, 4096}, name


async def test_a_configured_context_counts_most_and_a_learned_one_more_than_a_listed_one() -> None:
    listed = {"data": [{"id": MODEL, "max_model_len": 8192}]}
    script = ScriptedEndpoint(pages={"/v1/models": listed})
    async with connected(script) as connection:
        for learned in (2048, 1024, 4096):
            connection.knowledge.learn_context_tokens(MODEL, learned)
            assert await connection.knowledge.context_tokens(None) == learned
    async with connected(script, context_tokens=1024) as connection:
        connection.knowledge.learn_context_tokens(MODEL, 2048)
        assert await connection.knowledge.context_tokens(MODEL) == 1024


async def test_without_an_endpoint_there_is_no_list() -> None:
    async with connected_to("http://127.0.0.1:1/v1") as connection:
        with pytest.raises(EndpointError) as raised:
            await connection.knowledge.listing.get()
        assert await connection.knowledge.context_tokens(None) is None
    assert (raised.value.error_class, raised.value.diagnosis) == (
        "unreachable",
        "ClientConnectorError",
    )
