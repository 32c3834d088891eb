"""Which address an error names, and which it suggests in its place."""

from tests.support.provider import ask, ask_scripted, connected, connected_to
from tests.support.scripted import Reply, ScriptedEndpoint, refusal, running_script


async def test_without_v1_the_address_with_it_is_suggested() -> None:
    script = ScriptedEndpoint(refusal(404, {"detail": "Not Found"}))
    async with running_script(script) as base_url:
        for written in ("", "/", "/models", "/chat/completions", "/v1/chat/completions"):
            address = base_url.removesuffix("/v1") + written
            async with connected_to(f"{address}?api-version=1") as connection:
                got = await ask(connection)
                details = connection.details(got.fault)
            assert (got.error_class, details.suggestion) == ("not_found", base_url)
        async with connected_to(base_url) as connection:
            details = connection.details((await ask(connection)).fault)
        assert details.suggestion == ""
        assert details.address == f"{base_url}/chat/completions"


async def test_the_error_of_a_missing_list_names_its_address() -> None:
    async with running_script(ScriptedEndpoint()) as base_url:
        address = base_url.removesuffix("/v1")
        async with connected_to(address, model=None) as connection:
            got = await ask(connection)
            details = connection.details(got.fault)
    assert (got.error_class, details.status) == ("not_found", 404)
    assert (details.address, details.suggestion) == (f"{address}/models", base_url)


async def test_a_server_that_answers_everything_has_its_words_and_a_suggestion() -> None:
    servers: dict[str, Reply] = {
        "Unexpected": refusal(200, {"error": "Unexpected endpoint or method. (x)"}),
        "Ollama is running": Reply((b"Ollama is running",), media_type="text/plain"),
        "Sign in": Reply((b"<title>Sign in</title>",), media_type="text/html"),
    }
    for said, reply in servers.items():
        script = ScriptedEndpoint(reply, pages={"/models": reply})
        async with running_script(script) as base_url:
            for model in ("m", None):
                address = base_url.removesuffix("/v1")
                async with connected_to(address, model=model) as connection:
                    got = await ask(connection)
                    details = connection.details(got.fault)
                assert (got.error_class, details.suggestion) == ("not_found", base_url), said
                assert details.said.startswith(said)


async def test_a_redirect_to_another_host_suggests_where_it_leads() -> None:
    moved = Reply(status=301, headers={"location": "https://localhost:1/v1/chat/completions?k=x"})
    login = Reply(status=302, headers={"location": "https://login.example/sign-in?next=x"})
    for reply, host, suggestion in (
        (moved, "localhost:1", "https://localhost:1/v1"),
        (login, "login.example", ""),
    ):
        async with connected(ScriptedEndpoint(reply)) as connection:
            details = connection.details((await ask(connection)).fault)
        assert details.suggestion == suggestion
        assert details.said.startswith(f"A redirect to https://{host}")
        assert "?" not in details.said


async def test_a_redirect_within_the_host_that_loses_the_chat_leads_nowhere() -> None:
    got = await ask_scripted(Reply(status=301, headers={"location": "/elsewhere"}))
    assert (got.error_class, got.fault.status) == ("not_found", 404)
    assert got.fault.address.endswith("/elsewhere")


async def test_why_there_is_no_connection_is_said_in_this_machines_words() -> None:
    async with connected_to("http://127.0.0.1:1/v1") as connection:
        got = await ask(connection)
        details = connection.details(got.fault)
    assert (got.error_class, got.fault.diagnosis) == ("unreachable", "ClientConnectorError")
    assert "refused" in details.said.lower()
    assert (details.address, details.model) == ("http://127.0.0.1:1/v1", "some-model")
