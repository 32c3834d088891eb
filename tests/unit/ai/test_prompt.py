"""What an endpoint is asked when it is to go on with an answer."""

import pytest

from services.ai.context_window import Calibration
from services.ai.prompt import GO_ON, Prompt
from services.shared.messages import AnswerJob, Turn
from services.shared.subjects import chat_group

IMAGE = "![the chart](data:image/png;base64,AAAA)"


@pytest.fixture
def prompt() -> Prompt:
    job = AnswerJob(
        message_id=1, chat_id=1, group=chat_group(1), turns=(Turn(role="user", content="Draw."),)
    )
    return Prompt(job, "", None, None, 0, Calibration())


def test_a_request_to_go_on_has_the_words_of_an_image(prompt: Prompt) -> None:
    ask = prompt.ask(f"Look: {IMAGE} and", "", prefills=False)
    assert [turn.content for turn in ask.turns] == ["Draw.", "Look: the chart and", GO_ON]


def test_an_answer_that_is_prefilled_has_all_of_its_text(prompt: Prompt) -> None:
    assert prompt.ask(f"Look: {IMAGE} and", "", prefills=True).begun == f"Look: {IMAGE} and"
