"""What the command line's words choose."""

from pathlib import Path

import pytest

from tests.load.contest import CONTENDERS, MEASURES, SCALING, Contest, parts_in


def test_no_words_choose_everything() -> None:
    assert parts_in([]) == (list(CONTENDERS), [*MEASURES, SCALING])


def test_words_choose_servers_and_measures_in_the_tables_order() -> None:
    assert parts_in(["nchan", "latency", "natter"]) == (["Natter", "Nchan"], ["latency"])


def test_an_unknown_word_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match="speed: choose from natter"):
        parts_in(["speed"])


def test_a_server_of_which_nothing_was_chosen_is_not_even_installed(tmp_path: Path) -> None:
    said: list[str] = []
    contest = Contest(tmp_path, 10, said.append)
    contest.measure([name for name in CONTENDERS if name != "Natter"], ["stop"])
    assert (contest.results, said) == ({}, [])


def test_scaling_is_chosen_as_a_measure_is() -> None:
    assert parts_in(["scaling"]) == (list(CONTENDERS), [SCALING])
