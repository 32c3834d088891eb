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


# Tokens of each text in two real encodings, o200k and cl100k.
COUNTED = {
    ENGLISH: (52, 53),
    GERMAN: (34, 46),
    RUSSIAN: (21, 41),
    CHINESE: (21, 33),
    JAPANESE: (27, 36),
    HINDI: (18, 58),
    CODE: (33, 33),
    JSON: (361, 361),
    EMOJI: (19, 25),
}


def test_an_estimate_lies_near_two_real_encodings() -> None:
    for text, (o200k, cl100k) in COUNTED.items():
        estimated = estimate_tokens(text)
        assert 0.9 * o200k <= estimated, text
        assert 0.75 * cl100k <= estimated <= 1.4 * cl100k, text


@given(st.text())
def test_any_text_can_be_estimated_and_more_of_it_is_not_less(text: str) -> None:
    assert 0 <= estimate_tokens(text) <= 3 * len(text)
    assert estimate_tokens(text) <= estimate_tokens(text + " and more")
    assert (estimate_tokens(text) > 0) == (text != "")


def test_characters_that_no_encoding_takes_are_estimated_too() -> None:
    for text in ("\ud800", "a\udfffb", "\x00\x1f\x7f", "\U0010ffff", "\u2028"):
        assert 1 <= estimate_tokens(text) <= 3 * len(text), ascii(text)


def test_samples_are_enough_of_a_long_text() -> None:
    for text in (ENGLISH, CODE, CHINESE, RUSSIAN, JSON):
        long = text * (400_000 // len(text))
        expected = estimate_tokens(text) * (len(long) // len(text))
        assert estimate_tokens(long) == pytest.approx(expected, rel=0.05), text


def learned(*reports: tuple[int, int]) -> float:
    """Return the ratio of a model after reports of estimated and real tokens."""
    calibration = Calibration()
    for estimated, reported in reports:
        calibration.learn_usage("m", estimated=estimated, reported=reported)
    assert calibration.ratio("other") == calibration.ratio(None) == 1
    return calibration.ratio("m")


def test_the_first_report_counts_in_full_and_later_ones_in_part() -> None:
    assert learned() == 1
    assert learned((1000, 800)) == pytest.approx(0.8)
    assert learned((1000, 800), (1000, 1200)) == pytest.approx(1.0)
    assert learned((1000, 800), (1000, 1200), (1000, 500)) == pytest.approx(0.9)
    assert learned((1000, 3000), *[(1000, 700)] * 50) == pytest.approx(0.7, rel=0.01)


def test_a_report_that_cannot_be_true_is_bounded_or_ignored() -> None:
    ratios = [learned((1000, reported)) for reported in (10**9, 1, 0, -5)]
    assert ratios == [4, 0.25, 1, 1]
    assert learned((20, 90)) == 1  # a short prompt


def test_a_refusal_that_names_the_size_of_the_prompt_is_believed_at_once() -> None:
    calibration = Calibration()
    calibration.learn_refusal("m", estimated=6000, limit=8192, used=9000)
    assert calibration.ratio("m") == 1.5
    calibration.learn_refusal("m", estimated=6000, limit=8192, used=6600)
    assert calibration.ratio("m") == 1.5


def test_a_refusal_of_what_should_have_fitted_makes_the_next_window_smaller() -> None:
    calibration = Calibration()
    calibration.learn_refusal("m", estimated=20_000, limit=8192)
    calibration.learn_refusal("m", estimated=20_000, limit=None)
    calibration.learn_refusal("m", estimated=0, limit=8192, used=9000)
    assert calibration.ratio("m") == 1
    calibration.learn_refusal("m", estimated=6000, limit=8192)
    assert 6000 * calibration.ratio("m") > 8192


def test_a_limited_number_of_models_is_remembered() -> None:
    calibration = Calibration()
    for number in range(MOST_MODELS + 1):
        calibration.learn_usage(f"model {number}", estimated=1000, reported=2000)
    assert calibration.ratio("model 0") == 1
    assert calibration.ratio(f"model {MOST_MODELS}") == 2
