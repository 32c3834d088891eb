"""Delays from two lists of moments."""

import pytest

from tests.load.answers.delays import between
from tests.load.answers.round import Course
from tests.load.answers.stack import Usage

NOTHING = Usage(0, 0, 0, 0, 0)


def test_delays_are_milliseconds_in_order() -> None:
    delays = between([0, 1_000_000, 2_000_000], [5_000_000, 2_000_000, 4_000_000])
    assert list(delays.ordered) == [1, 2, 5]
    assert (delays.at(0.5), delays.at(1), delays.lost) == (2, 5, 0)


def test_what_never_came_is_counted_and_has_no_delay() -> None:
    delays = between([1_000_000, 2_000_000], [0, 3_000_000])
    assert (list(delays.ordered), delays.lost) == ([1], 1)


def test_lists_of_different_length_are_a_fault_of_the_measure() -> None:
    with pytest.raises(ValueError, match="shorter"):
        between([1, 2], [3])


def test_a_course_puts_its_answers_in_a_row() -> None:
    course = Course([1, 2], [3, 4], [[5, 6], [7, 8]], [[9, 0], [10, 11]], 3, NOTHING)
    assert (course.all_sent, course.all_arrived) == ([5, 6, 7, 8], [9, 0, 10, 11])
    assert course.chunks == 4


def test_usage_is_what_was_added() -> None:
    before, after = Usage(1, 2, 3, 4, 5), Usage(2, 4, 6, 8, 10)
    assert after.since(before) == Usage(1, 2, 3, 4, 5)
