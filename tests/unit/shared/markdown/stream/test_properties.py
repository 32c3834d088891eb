"""Random documents, cut anywhere, have the properties of growing texts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.shared.markdown.documents import Cut, cut_documents
from tests.unit.shared.markdown.stream.properties import (
    check_colours_at_any_time,
    check_stream,
    check_taken_pieces,
    check_takeover,
    check_text_begun,
    check_words_appended,
    pieces_of_documents,
)


@settings(max_examples=50, deadline=None)
@given(cut_documents(), st.data())
def test_a_growing_page_ends_as_the_canonical_whole(cut: Cut, data: st.DataObject) -> None:
    check_stream(cut)
    check_text_begun(cut, data)
    check_takeover(cut, data)
    check_taken_pieces(cut)
    check_colours_at_any_time(cut, data.draw(st.randoms(use_true_random=False)))


@settings(max_examples=50, deadline=None)
@given(pieces_of_documents, pieces_of_documents)
def test_an_open_end_with_words_appended_is_the_one_rendered_again(
    begun: list[str], pieces: list[str]
) -> None:
    check_words_appended("".join(begun), pieces)
