"""The growth of answers is told from what else changes on a page, and so are pauses."""

import pytest

from tests.support.chatting.growth import Growth
from tests.support.elements import Element


def grown(*events: tuple[str, str, float]) -> Growth:
    growth = Growth()
    for action, target, moment in events:
        growth.note(Element("turbo-stream", {"action": action, "target": target}), moment)
    return growth


@pytest.mark.parametrize(
    ("action", "target"),
    [
        ("replace", "message_7"),
        ("replace", "message_7_footer"),
        ("update", "message_7_reasoning_summary"),
        ("update", "message_7_thinking"),
        ("append", "chat-1-message-list"),
    ],
)
def test_what_is_no_text_of_an_answer_is_no_growth(action: str, target: str) -> None:
    assert grown((action, target, 1.0)).last(7) is None


def test_text_is_growth() -> None:
    growth = grown(
        ("update", "message_7_tail", 1.0),
        ("append", "message_7_done", 2.0),
        ("append", "message_9_b3", 3.0),
        ("update", "message_7_reasoning_tail", 4.0),
    )
    assert (growth.last(7), growth.last(9)) == (4.0, 3.0)
    assert growth.order == [7, 9, 7]


def test_a_pause_counts_from_the_fault() -> None:
    growth = grown(*[("update", "message_7_tail", moment) for moment in (1.0, 1.1, 3.5, 3.6)])
    assert growth.pause_after(7, 1.25, shortest=0.5) == 2.25


def test_a_message_that_went_on_growing_had_no_pause() -> None:
    growth = grown(*[("update", "message_7_tail", moment) for moment in (1.0, 1.1, 1.2, 1.3)])
    assert growth.pause_after(7, 1.05, shortest=0.5) is None
    assert growth.pause_after(8, 1.05, shortest=0.5) is None
