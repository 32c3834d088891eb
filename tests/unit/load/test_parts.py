"""What the command line's words choose."""

import pytest

from tests.load.contest import CONTENDERS, MEASURES, parts_in


def test_no_words_choose_everything() -> None:
    assert parts_in([]) == (list(CONTENDERS), list(MEASURES))


def test_words_choose_servers_and_measures_in_the_tables_order() -> None:
    assert parts_in(["nchan", "latency", "natter"]) == (["Natter", "Nchan"], ["latency"])


def test_an_unknown_word_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="speed: choose from natter"):
        parts_in(["speed"])
