"""Members of a request that an endpoint refuses are written in another way from then on."""

from itertools import product

from services.ai.provider.ask import Ask
from services.ai.provider.errors import ContinuationRefusedError
from services.shared.bus.messages import Turn
from tests.support.provider import KEY, QUESTION, ask, connected, connected_to
from tests.support.scripted import (
    DONE,
    STOP,
    Reply,
    ScriptedEndpoint,
    chunk,
    delta,
    refusal,
    running_script,
)

HELLO = Reply((chunk("Hello"), STOP, DONE))
BOTH = Ask(turns=(Turn(role="system", content="Be kind."), Turn(role="user", content="Hello")))


def wrapped(message: str, param: str | None = None, code: str | None = None) -> object:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return {"error": error}


def flat(message: str) -> object:
    return {"object": "error", "message": message, "type": "BadRequestError", "code": 400}


def of_fastapi(field: str) -> object:
    fault = {
        "type": "extra_forbidden",
        "loc": ["body", field],
        "msg": "Extra inputs are not permitted",
    }
    return {"detail": [fault]}


type Refused = tuple[object, dict[str, float | str], str]
"""The body of a refusal, the settings, and the member that is refused."""

RENAMED = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."
REFUSED: list[Refused] = [
    (wrapped("Unrecognized request argument: stream_options"), {}, "stream_options"),
    (flat("Unknown field `stream_options`"), {}, "stream_options"),
    (of_fastapi("stream_options"), {}, "stream_options"),
    (wrapped(RENAMED, "max_tokens"), {"max_tokens": 50}, "max_tokens"),
    (
        wrapped("'temperature' does not support 0.2.", "temperature"),
        {"temperature": 0.2},
        "temperature",
    ),
    (
        wrapped("Unrecognized request argument supplied: reasoning_effort"),
        {"reasoning_effort": "high"},
        "reasoning_effort",
    ),
]


async def test_a_refused_member_is_left_out_or_renamed_and_that_is_remembered() -> None:
    for body, settings, member in REFUSED:
        script = ScriptedEndpoint(refusal(400, body), HELLO)
        async with connected(script, None, **settings) as connection:
            first, second = await ask(connection), await ask(connection)
            other = await ask(connection, Ask(turns=QUESTION.turns, model="another"))
        bodies = [asked.body for asked in script.asked]
        assert [got.text for got in (first, second, other)] == ["Hello"] * 3, body
        assert [member in body for body in bodies] == [True, False, False, True], body
        if member == "max_tokens":
            limits = [body.get("max_completion_tokens") for body in bodies]
            assert limits == [None, 50, 50, None]


async def test_all_members_may_be_refused_one_after_the_other() -> None:
    fields = (
        "stream_options",
        "temperature",
        "max_tokens",
        "max_completion_tokens",
        "reasoning_effort",
    )
    refusals = [refusal(422, of_fastapi(field)) for field in fields]
    script = ScriptedEndpoint(*refusals, HELLO)
    settings: dict[str, object] = {"temperature": 1.0, "max_tokens": 9, "reasoning_effort": "low"}
    async with connected(script, None, **settings) as connection:
        got = await ask(connection)
    assert got.text == "Hello"
    assert script.asked[-1].body.keys() == {"model", "messages", "stream"}


async def test_a_refusal_that_names_nothing_we_said_is_an_error() -> None:
    script = ScriptedEndpoint(refusal(400, wrapped("Your 'tools' are blunt.", "tools")))
    async with connected(script, temperature=1.0) as connection:
        got = await ask(connection)
    assert (got.fault.error_class, len(script.asked)) == ("refused", 1)


async def test_a_model_without_a_system_role_gets_a_developer_or_a_user() -> None:
    developer = refusal(400, flat("Unexpected role: developer. Only user and assistant roles."))
    cases: list[tuple[int, object]] = [
        (
            400,
            wrapped(
                "'messages[0].role' does not support 'system' with this model.", "messages[0].role"
            ),
        ),
        (500, {"error": {"code": 500, "message": "Jinja Exception: System role not supported"}}),
        (400, flat("Conversation roles must alternate user/assistant/user/assistant/...")),
    ]
    for status, body in cases:
        script = ScriptedEndpoint(refusal(status, body), developer, HELLO)
        async with connected(script) as connection:
            assert (await ask(connection, BOTH)).text == "Hello"
        roles = [[message["role"] for message in asked.body["messages"]] for asked in script.asked]
        assert roles == [["system", "user"], ["developer", "user"], ["user"]]
        assert script.asked[-1].body["messages"][0]["content"] == "Be kind.\n\nHello"


async def test_a_title_is_asked_for_without_thinking_as_far_as_the_model_can() -> None:
    quick = Ask(turns=QUESTION.turns, thinks=False, max_tokens=30)
    named = wrapped("Unsupported value: 'none' is not supported.", "reasoning_effort")
    script = ScriptedEndpoint(refusal(400, named), HELLO)
    async with connected(script, reasoning_effort="high") as connection:
        await ask(connection, quick)
        await ask(connection)
    said = [
        (asked.body["reasoning_effort"], asked.body.get("max_tokens")) for asked in script.asked
    ]
    assert said == [("none", 30), ("minimal", 30), ("high", None)]


NEIGHBOURS = [
    Turn(role="user", content="One"),
    Turn(role="assistant", content="  \n"),
    Turn(role="user", content="Two"),
    Turn(role="assistant", content="Three"),
    Turn(role="user", content="Four"),
]


async def test_neighbours_of_one_role_stay_apart_and_empty_turns_are_left_out() -> None:
    script = ScriptedEndpoint()
    async with connected(script) as connection:
        await ask(connection, Ask(turns=NEIGHBOURS))
    assert _said(script, 0) == ["user: One", "user: Two", "assistant: Three", "user: Four"]


async def test_neighbours_are_joined_where_roles_have_to_alternate() -> None:
    refused = "Conversation roles must alternate user/assistant/user/assistant/..."
    script = ScriptedEndpoint(refusal(400, wrapped(refused)), HELLO, HELLO)
    async with connected(script) as connection:
        texts = [(await ask(connection, Ask(turns=NEIGHBOURS))).text for _ in range(2)]
    assert texts == ["Hello", "Hello"]
    joined = ["user: One\n\nTwo", "assistant: Three", "user: Four"]
    assert [_said(script, number) for number in (1, 2)] == [joined, joined]


def _said(script: ScriptedEndpoint, number: int) -> list[str]:
    return [f"{m['role']}: {m['content']}" for m in script.asked[number].body["messages"]]


VLLM = {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 4096}]}
LLAMA = {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131072}}]}
OTHER = {"data": [{"id": "m", "owned_by": "library"}]}
BEGUN = Ask(QUESTION.turns, "This was begun already, ", "I think.")


async def test_an_answer_is_continued_as_the_server_wants_it_and_its_echo_is_dropped() -> None:
    again = Reply((chunk("This was begun "), chunk("already, and ends."), STOP))
    for listed in (VLLM, LLAMA, OTHER):
        script = ScriptedEndpoint(HELLO, again, pages={"/v1/models": listed})
        async with connected(script) as connection:
            assert await connection.knowledge.continuation()
            texts = [(await ask(connection, BEGUN)).text for _ in range(2)]
        assert texts == ["Hello", "and ends."]
        body = script.asked[0].body
        said = {"role": "assistant", "content": "This was begun already,"}
        thoughts = {"reasoning_content": "I think."} if listed is not OTHER else {}
        assert body["messages"][-1] == said | thoughts
        assert body.get("continue_final_message", False) is (listed is not OTHER)
        assert body.get("add_generation_prompt", True) is (listed is OTHER)
        assert "reasoning_content" not in body


async def test_thoughts_that_are_refused_are_left_out() -> None:
    named = refusal(400, wrapped("Unknown field: reasoning_content"))
    script = ScriptedEndpoint(named, HELLO, pages={"/v1/models": VLLM})
    async with connected(script) as connection:
        assert (await ask(connection, BEGUN)).text == "Hello"
    assert "reasoning_content" not in script.asked[1].body["messages"][-1]
    assert script.asked[1].body["continue_final_message"]


THOUGHTS_AGAIN = [
    [delta({"reasoning_content": "I "}), delta({"reasoning_content": "think."})],
    [chunk("<think>I think.</thi"), chunk("nk>\n\n")],
]


async def test_thoughts_that_come_again_are_dropped() -> None:
    for thoughts in THOUGHTS_AGAIN:
        again = Reply((*thoughts, chunk("This was begun already, and ends."), STOP))
        async with connected(ScriptedEndpoint(again), takeover="prefill") as connection:
            got = await ask(connection, BEGUN)
        assert (got.reasoning, got.text) == ("", "and ends.")


async def test_an_undecidable_continuation_is_refused_without_text() -> None:
    again = Reply((chunk("This was begun already"), chunk(" and in other words."), STOP))
    async with connected(ScriptedEndpoint(again), takeover="prefill") as connection:
        got = await ask(connection, BEGUN)
        assert await connection.knowledge.continuation()
    assert isinstance(got.error, ContinuationRefusedError)
    assert got.text == ""


async def test_a_possible_echo_is_new_at_the_end_of_the_answer() -> None:
    script = ScriptedEndpoint(Reply((chunk("This"), STOP), stalls=True))
    async with connected(script, takeover="prefill") as connection, connection.answer(BEGUN) as got:
        pieces = [await anext(got), await anext(got)]
    assert "".join(piece.text for piece in pieces) == "This"


async def test_a_refusal_to_continue_is_raised_and_remembered() -> None:
    messages = [
        "Assistant response prefill is incompatible with enable_thinking.",
        "This model does not support assistant message prefill.",
        "The conversation must end with a user message.",
        "Expected last role User or Tool for serving but got assistant",
    ]
    for message, takeover in product(messages, ("auto", "prefill")):
        script = ScriptedEndpoint(refusal(400, wrapped(message)), pages={"/v1/models": LLAMA})
        async with connected(script, takeover=takeover) as connection:
            assert await connection.knowledge.continuation()
            got = await ask(connection, BEGUN)
            assert not await connection.knowledge.continuation()
        assert isinstance(got.error, ContinuationRefusedError), message
        assert len(script.asked) == 1


async def test_with_takeover_prefill_an_unknown_member_is_left_out() -> None:
    script = ScriptedEndpoint(refusal(422, of_fastapi("continue_final_message")), HELLO)
    async with connected(script, takeover="prefill") as connection:
        assert (await ask(connection, BEGUN)).text == "Hello"
        assert await connection.knowledge.continuation()
    assert "continue_final_message" not in script.asked[1].body
    assert "add_generation_prompt" not in script.asked[1].body


async def test_nothing_is_continued_where_that_is_unknown_or_forbidden() -> None:
    for takeover, listed in (("auto", {"data": [{"id": "m"}]}), ("restart", VLLM)):
        script = ScriptedEndpoint(pages={"/v1/models": listed})
        async with connected(script, takeover=takeover) as connection:
            assert not await connection.knowledge.continuation()
            got = await ask(connection, BEGUN)
        assert isinstance(got.error, ContinuationRefusedError)
        assert script.asked == []


async def test_what_is_learned_of_many_models_is_forgotten_before_it_fills_memory() -> None:
    """Their names come from the chats."""
    async with connected(ScriptedEndpoint()) as connection:
        knowledge = connection.knowledge
        first = knowledge.dialect("0")
        for number in range(1001):
            knowledge.learn_context_tokens(f"{number}", 4096)
            knowledge.dialect(f"{number}")
        assert await knowledge.context_tokens("0") is None
        assert await knowledge.context_tokens("1000") == 4096
        assert knowledge.dialect("0") is not first


async def test_azures_urls_carry_their_version_and_key() -> None:
    script = ScriptedEndpoint()
    async with running_script(script) as base_url:
        origin = base_url.removesuffix("/v1")
        azure = f"{origin}/openai/deployments/gpt/?api-version=1"
        async with connected_to(azure, model=None, query={"more": "2"}) as connection:
            assert (await ask(connection)).text == "Hello"
    (asked,) = script.asked
    assert (asked.path, asked.query) == (
        "/openai/deployments/gpt/chat/completions",
        "api-version=1&more=2",
    )
    assert (asked.headers["api-key"], "authorization" in asked.headers) == (KEY, False)
    assert (asked.body["model"], script.fetched) == ("gpt", [])


async def test_without_a_key_none_is_sent_and_headers_are() -> None:
    script = ScriptedEndpoint()
    async with connected(script, api_key=None, headers={"X-Team": " chat\n"}) as connection:
        await ask(connection)
    headers = script.asked[0].headers
    assert ("authorization" in headers, headers["x-team"]) == (False, "chat")
    assert headers["accept-encoding"] == "identity"
