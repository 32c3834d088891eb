"""Estimates of how many tokens a text has, and what is learned about them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ai.answers.context_window import MOST_MODELS, Calibration, estimate_tokens

ENGLISH = (
    "The harbour was quiet when we arrived, and only a few fishing boats were moored along the"
    " stone quay. An old man sat on an upturned crate, mending a net with slow, practised"
    " movements; he did not look up as we passed."
)
GERMAN = (
    "Im neunzehnten Jahrhundert überquerten Reisende die Grenzen häufig auf dem Wasserweg, weil"
    " die Straßen schlecht und die Eisenbahnen noch nicht durchgehend gebaut waren."
)
RUSSIAN = "Хозяйка постоялого двора встретила их у ворот и сразу предложила горячий чай."  # noqa: RUF001 - it is Russian
CHINESE = "请解释一下，为什么网络连接正常、密码也输入正确，但是电子邮件仍然无法发送？"  # noqa: RUF001 - it is Chinese
JAPANESE = "その日の夕方、旅人たちは広い川のほとりにある小さな村に着きました。"
HINDI = "क्या आप मुझे समझा सकते हैं कि ईमेल क्यों नहीं भेजा जा रहा है?"
CODE = (
    "async def run(self) -> None:\n    while True:\n        delivery = await jobs.next()\n"
    "        if delivery.metadata.sequence.stream in self.in_hand:\n            continue\n"
)
JSON = json.dumps([{"id": n, "name": f"user{n}", "active": n % 2 == 0} for n in range(20)])
EMOJI = "😀😅🎉 so happy!!! 🔥🔥 can't wait 🏖️🌊"


@pytest.mark.parametrize(
    ("text", "o200k", "cl100k"),
    [
        (ENGLISH, 52, 53),
        (GERMAN, 34, 46),
        (RUSSIAN, 21, 41),
        (CHINESE, 21, 33),
        (JAPANESE, 27, 36),
        (HINDI, 18, 58),
        (CODE, 33, 33),
        (JSON, 361, 361),
        (EMOJI, 19, 25),
    ],
)
def test_an_estimate_lies_near_what_two_real_encodings_make_of_a_text(
    text: str, o200k: int, cl100k: int
) -> None:
    estimated = estimate_tokens(text)
    assert 0.9 * o200k <= estimated
    assert 0.75 * cl100k <= estimated <= 1.4 * cl100k


@given(st.text())
def test_any_text_can_be_estimated_and_more_of_it_is_not_less(text: str) -> None:
    assert 0 <= estimate_tokens(text) <= 3 * len(text)
    assert estimate_tokens(text) <= estimate_tokens(text + " and more")
    assert (estimate_tokens(text) > 0) == (text != "")


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00\x1f\x7f", "\U0010ffff", "\u2028"])
def test_characters_that_no_encoding_takes_are_estimated_too(text: str) -> None:
    assert 1 <= estimate_tokens(text) <= 3 * len(text)


@pytest.mark.parametrize("text", [ENGLISH, CODE, CHINESE, RUSSIAN, JSON])
def test_of_a_long_text_samples_are_enough(text: str) -> None:
    long = text * (4_000_000 // len(text))
    expected = estimate_tokens(text) * (len(long) // len(text))
    assert estimate_tokens(long) == pytest.approx(expected, rel=0.05)


def test_a_model_that_was_not_seen_is_taken_to_count_as_estimated() -> None:
    assert Calibration().ratio("any") == Calibration().ratio(None) == 1


def test_the_first_report_counts_in_full_and_later_ones_in_part() -> None:
    calibration = Calibration()
    calibration.learn_usage("m", estimated=1000, reported=800)
    assert calibration.ratio("m") == pytest.approx(0.8)
    assert calibration.ratio("other") == 1

    calibration.learn_usage("m", estimated=1000, reported=1200)
    assert calibration.ratio("m") == pytest.approx(1.0)
    calibration.learn_usage("m", estimated=1000, reported=500)
    assert calibration.ratio("m") == pytest.approx(0.9)


def test_many_reports_of_the_same_ratio_are_believed() -> None:
    calibration = Calibration()
    for reported in [3000, *[700] * 50]:
        calibration.learn_usage("m", estimated=1000, reported=reported)
    assert calibration.ratio("m") == pytest.approx(0.7, rel=0.01)


@pytest.mark.parametrize(("reported", "ratio"), [(10**9, 4), (1, 0.25), (0, 1), (-5, 1)])
def test_a_report_that_cannot_be_is_bounded_or_passed_over(reported: int, ratio: float) -> None:
    calibration = Calibration()
    calibration.learn_usage("m", estimated=1000, reported=reported)
    assert calibration.ratio("m") == ratio


def test_a_short_prompt_teaches_nothing() -> None:
    calibration = Calibration()
    calibration.learn_usage("m", estimated=20, reported=90)
    assert calibration.ratio("m") == 1


def test_a_refusal_that_tells_the_size_of_the_prompt_is_believed_at_once() -> None:
    calibration = Calibration()
    calibration.learn_refusal("m", estimated=6000, limit=8192, used=9000)
    assert calibration.ratio("m") == 1.5
    calibration.learn_refusal("m", estimated=6000, limit=8192, used=6600)
    assert calibration.ratio("m") == 1.5


def test_a_refusal_of_what_should_have_fitted_makes_the_next_window_smaller() -> None:
    calibration = Calibration()
    calibration.learn_refusal("m", estimated=6000, limit=8192)
    assert 6000 * calibration.ratio("m") > 8192


def test_a_refusal_of_what_was_too_long_anyway_teaches_nothing() -> None:
    calibration = Calibration()
    calibration.learn_refusal("m", estimated=20_000, limit=8192)
    calibration.learn_refusal("m", estimated=20_000, limit=None)
    calibration.learn_refusal("m", estimated=0, limit=8192, used=9000)
    assert calibration.ratio("m") == 1


def test_only_so_many_models_are_remembered() -> None:
    calibration = Calibration()
    for number in range(MOST_MODELS + 1):
        calibration.learn_usage(f"model {number}", estimated=1000, reported=2000)
    assert calibration.ratio("model 0") == 1
    assert calibration.ratio(f"model {MOST_MODELS}") == 2
