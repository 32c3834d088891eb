"""What an endpoint is asked when it is to continue an answer."""

import json

import pytest

from services.ai.answers.context_window import Calibration
from services.ai.answers.prompt import CONTINUE_REQUEST, Prompt
from services.ai.provider.stream.chunks import ChunkReader
from services.shared.bus.messages import AnswerJob, Turn
from services.shared.bus.subjects import chat_group

IMAGE = "![the chart](data:image/png;base64,AAAA)"


@pytest.fixture
def prompt() -> Prompt:
    job = AnswerJob(
        message_id=1, chat_id=1, group=chat_group(1), turns=(Turn(role="user", content="Draw."),)
    )
    return Prompt(job, "", None, None, 0, Calibration())


def test_a_request_to_go_on_has_the_words_of_an_image(prompt: Prompt) -> None:
    ask = prompt.ask(f"Look: {IMAGE} and", "", prefills=False)
    said = [turn.content for turn in ask.turns]
    assert said == ["Draw.", "Look: the chart and", CONTINUE_REQUEST]


def test_an_answer_that_is_prefilled_has_the_words_of_an_image(prompt: Prompt) -> None:
    ask = prompt.ask(f"Look: {IMAGE} and ", "", prefills=True)
    assert (ask.begun, ask.prefill) == ("Look: the chart and ", "Look: the chart and")


@pytest.mark.parametrize("prefills", [True, False])
def test_an_echo_is_compared_with_what_was_sent(prompt: Prompt, prefills: bool) -> None:
    reader = ChunkReader(prompt.ask(f"Here you go:\n\n{IMAGE}\n\nAs you", "", prefills=prefills))
    echo = "Here you go:\n\nthe chart\n\nAs you see, it grows."
    data = json.dumps({"choices": [{"delta": {"content": echo}}]}).encode()
    assert reader.read(data).text == " see, it grows."


@pytest.mark.parametrize("prefills", [True, False])
def test_an_image_in_the_begun_text_takes_no_room(prefills: bool) -> None:
    picture = f"![](data:image/png;base64,{'A' * 40_000})"
    prompt = _prompt(limit=200, begun=picture)
    assert prompt.window.left_out == 0
    prompt.ask(picture, "", prefills=prefills)
    assert prompt.tokens < 200


def test_the_text_that_is_continued_takes_room() -> None:
    assert _prompt(limit=120).window.left_out == 0
    assert 0 < _prompt(limit=120, begun="word " * 100).window.left_out < 8


def test_a_refusal_of_what_should_have_fitted_has_less_sent() -> None:
    prompt = _prompt()
    assert prompt.shorten(prompt.tokens)
    assert prompt.window.left_out > 0


def _prompt(*, limit: int | None = None, begun: str = "") -> Prompt:
    turns = tuple(Turn(role="user", content=f"Question {number}") for number in range(9))
    job = AnswerJob(message_id=1, chat_id=1, group=chat_group(1), turns=turns, begun=begun)
    return Prompt(job, "", None, limit, 0, Calibration())
