"""How a model is asked for a title, and models that do something else."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from services.ai.provider.ask import Ask
from services.ai.provider.errors import EndpointError
from services.ai.provider.stream.pieces import Piece
from services.ai.titles import LONGEST_ANSWER, write_title
from services.shared.bus.messages import Turn

TURNS = (Turn(role="user", content="Why won't it rise?"), Turn(role="assistant", content="Flour."))


class Model:
    """Answers with these pieces, then raises or falls silent, and remembers what it was asked."""

    def __init__(
        self, pieces: Iterable[Piece], *, error: Exception | None = None, stalls: bool = False
    ) -> None:
        self.pieces = pieces
        self.error = error
        self.stalls = stalls
        self.asked: list[Ask] = []
        self.read = 0
        self.left = False

    @asynccontextmanager
    async def answer(self, ask: Ask) -> AsyncIterator[AsyncIterator[Piece]]:
        self.asked.append(ask)
        try:
            yield self._stream()
        finally:
            self.left = True

    async def _stream(self) -> AsyncIterator[Piece]:
        for piece in self.pieces:
            self.read += 1
            yield piece
        if self.stalls:
            await asyncio.Event().wait()
        if self.error:
            raise self.error


def texts(*parts: str) -> list[Piece]:
    return [Piece(text=part) for part in parts]


async def test_the_text_of_all_pieces_becomes_the_title() -> None:
    model = Model(
        [Piece(reasoning="Hm, flour"), *texts('"Sour', "dough", '"'), Piece("", "", "stop")]
    )
    assert await write_title(model, TURNS, model="m") == "Sourdough"
    assert model.left


async def test_what_turns_out_to_have_been_reasoning_is_left_out() -> None:
    model = Model([*texts("Hm, ", "flour"), Piece(recast=True), *texts("Sourdough")])
    assert await write_title(model, TURNS) == "Sourdough"


async def test_the_model_sees_the_chat_and_is_asked_not_to_think() -> None:
    model = Model(texts("Sourdough"))
    system = Turn(role="system", content="Be brief.")
    await write_title(model, [system, *TURNS, Turn(role="user", content="x" * 100_000)], model="m")
    (ask,) = model.asked

    assert (ask.model, ask.thinks, ask.begun) == ("m", False, "")
    assert ask.max_tokens is not None
    assert [turn.role for turn in ask.turns] == ["system", "user"]
    assert "User: Why won't it rise?\n\nAssistant: Flour.\n\nUser: xxx" in ask.turns[1].content
    assert "Be brief." not in "".join(turn.content for turn in ask.turns)
    assert len(ask.turns[1].content) < 5000


@pytest.mark.parametrize("name", ["rate_limit", "auth", "unreachable", "bad_response"])
async def test_a_failing_endpoint_gives_no_title(name: str) -> None:
    error = EndpointError(name)  # type: ignore[arg-type]  # a literal that pytest hands over
    assert await write_title(Model(texts("Sour"), error=error), TURNS) is None


async def test_an_endpoint_that_falls_silent_gives_no_title_and_is_left() -> None:
    model = Model(texts("Sour"), stalls=True)
    assert await write_title(model, TURNS, seconds=0.01) is None
    assert model.left


async def test_an_answer_without_an_end_is_left() -> None:
    pieces = (Piece(text="word " * 100) for _ in range(1_000_000))
    model = Model(pieces)
    assert await write_title(model, TURNS) is None
    assert model.left
    assert model.read <= LONGEST_ANSWER // 500 + 1


async def test_nothing_but_reasoning_is_no_title() -> None:
    assert await write_title(Model([Piece(reasoning="Hm. " * 100)]), TURNS) is None
