"""The audit finds what it is there to find, and nothing where nothing is wrong."""

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.audit import Record, Tally, View, audit, has_come_to
from tests.faults.ledger import Book
from tests.faults.report import line


def book(count: int, step: int = 3) -> Book:
    """A group whose numbers lie `step` apart in a stream that others use too."""
    written = Book(rows=count)
    for number in range(1, count + 1):
        written.store(number, number * step)
    return written


def received(*numbers: int, step: int = 3) -> list[tuple[int, int]]:
    return [(number * step, number) for number in numbers]


def record(*views: View) -> Record:
    return Record(views=list(views))


def test_a_page_that_showed_all_in_order_passes() -> None:
    page = record(View(position=6, rows=2, received=received(3, 4, 5)))
    assert audit(page, book(5)) == Tally(delivered=3)
    assert has_come_to(page, 15)


def test_rows_that_come_by_the_stream_too_are_no_fault() -> None:
    """The position is read before the rows, and elements with one id are shown once."""
    page = record(View(position=6, rows=4, received=received(3, 4, 5)))
    assert audit(page, book(5)) == Tally(delivered=3)


def test_a_publication_missing_in_the_middle_is_lost() -> None:
    page = record(View(position=0, rows=0, received=received(1, 3)))
    assert audit(page, book(3)) == Tally(delivered=2, lost=1)


def test_a_publication_missing_at_the_end_is_lost_and_the_page_not_up_to_date() -> None:
    page = record(View(position=0, rows=0, received=received(1, 2)))
    assert audit(page, book(3)) == Tally(delivered=2, lost=1)
    assert not has_come_to(page, 9)


def test_a_publication_before_the_position_that_is_no_row_is_lost() -> None:
    page = record(View(position=9, rows=2, received=[]))
    assert audit(page, book(3)) == Tally(lost=1)


def test_a_publication_shown_twice_is_doubled_and_out_of_order() -> None:
    page = record(View(position=0, rows=0, received=received(1, 2, 1, 3)))
    assert audit(page, book(3)) == Tally(delivered=4, doubled=1, out_of_order=1)


def test_a_publication_that_the_page_dropped_as_known_was_sent_again() -> None:
    page = record(View(position=0, rows=0, received=received(1)))
    page.repeated = 2
    assert audit(page, book(1)) == Tally(delivered=1, repeated=2)


def test_a_page_that_was_closed_need_not_have_what_came_later_but_all_before() -> None:
    page = record(View(position=0, rows=0, received=received(1, 3)))
    page.closed = True
    assert audit(page, book(9)) == Tally(delivered=2, lost=1)


def test_a_cursor_that_names_another_place_is_told() -> None:
    page = record(View(position=0, rows=0, received=[(3, 1), (7, 2)]))
    assert audit(page, book(2)) == Tally(delivered=2, misplaced=1)


def test_a_view_before_a_refresh_must_be_whole_up_to_its_last_publication() -> None:
    """What was missed after that is why the page was refreshed."""
    before = View(position=0, rows=0, received=received(1, 3))
    after = View(position=15, rows=5, received=received(6))
    page = record(before, after)
    page.refreshes = 1
    assert audit(page, book(6)) == Tally(delivered=3, lost=1, refreshes=1)


def test_a_page_that_is_being_loaded_again_is_not_up_to_date() -> None:
    page = record(View(position=9, rows=3))
    assert has_come_to(page, 9)
    page.loading = 1
    assert not has_come_to(page, 9)


def test_the_time_without_a_connection_counts_from_its_loss_to_the_next_one() -> None:
    page = Record()
    page.back(1.0)
    page.away_since(2.0)
    page.away_since(3.0)
    page.back(4.5)
    assert page.absences == [2.5]


def test_a_page_that_never_came_is_not_up_to_date_and_pauses_are_remembered() -> None:
    page = Record()
    assert not has_come_to(page, 0)
    for now in (1.0, 1.5, 4.0, 4.2):
        page.changed(now)
    assert page.longest_pause == 2.5


def test_a_silence_counts_from_the_connection_that_came_after_the_last_change() -> None:
    page = Record()
    page.back(0.0)
    for change in (1.0, 1.5):
        page.changed(change)
    page.away_since(2.0)
    page.back(4.0)
    page.changed(4.75)
    assert (page.longest_pause, page.longest_silence) == (3.25, 0.75)


@given(
    st.integers(1, 30).flatmap(
        lambda count: st.tuples(
            st.just(count), st.integers(0, count), st.sets(st.integers(1, count))
        )
    )
)
def test_each_publication_that_was_left_out_is_counted(case: tuple[int, int, set[int]]) -> None:
    count, start, missing = case
    shown = [number for number in range(start + 1, count + 1) if number not in missing]
    page = record(View(position=start * 3, rows=start, received=received(*shown)))
    expected = Tally(delivered=len(shown), lost=count - start - len(shown))
    assert audit(page, book(count)) == expected


def test_a_line_tells_every_figure() -> None:
    tally = Tally(delivered=9, refreshes=1, longest_pause=1.234, longest_silence=0.5)
    assert line("a fault", 10, tally, back_again="100 %") == (
        "a fault: published 10, delivered 9, lost 0, doubled 0, sent again 0, out of order 0,"
        " refreshes 1, longest pause 1.23 s, connected 0.50 s, back again 100 %"
    )
