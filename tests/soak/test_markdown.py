"""Markdown at full size: megabytes, thousands of random documents, and every case in many cuts."""

from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cases import each_of
from tests.support.rendered import plain
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import (
    PREFIX,
    Cut,
    cut_documents,
    fed,
    in_pieces,
    shown,
)
from tests.unit.shared.markdown.hostile import HOSTILE, costly
from tests.unit.shared.markdown.maths import test_display_formulas as displays
from tests.unit.shared.markdown.maths import test_dollars as dollars
from tests.unit.shared.markdown.parse import test_cjk_emphasis as cjk
from tests.unit.shared.markdown.specification import examples
from tests.unit.shared.markdown.stream.properties import (
    DEFINITION,
    check_colours_at_any_time,
    check_stream,
    check_taken_pieces,
    check_takeover,
    check_text_begun,
    check_words_appended,
    pieces_of_documents,
)

EXAMPLES = 2_000
LONGEST_PIECES = (1, 2, 7, 40)


def framed_documents() -> Iterator[str]:
    """Give the corpora, each source in each of its frames."""
    for sources, frames in (
        ((*dollars.PRICES, *dollars.VARIABLES, *dollars.FORMULAS), dollars.FRAMES),
        (cjk.EMPHASISED, cjk.FRAMES),
    ):
        yield from (frame.replace("{}", source) for source, frame in product(sources, frames))
    formulas = (*displays.FORMULAS.values(), *displays.SOURCES.values())
    yield from (displays.framed(*it) for it in product(formulas, displays.FRAMES.values()))
    yield from HOSTILE
    yield from (source for _, source in examples())


@each_of(framed_documents(), LONGEST_PIECES)
def test_every_document_of_the_corpora_ends_as_the_canonical_whole(
    document: str, longest_piece: int
) -> None:
    if DEFINITION in document:
        assert fed(in_pieces(document, longest_piece))[0].whole == plain(document, id_prefix=PREFIX)
    else:
        shown(document, longest_piece)


@each_of(costly())
def test_megabytes_are_harmless_and_end_as_the_canonical_whole(source: str) -> None:
    html = plain(source, id_prefix=PREFIX)
    outline(html)
    assert "$" in source or len(plain(source)) < 60 * len(source) + 1_000
    assert fed(in_pieces(source, 4_096))[0].whole == html


@settings(max_examples=EXAMPLES, deadline=None)
@given(cut_documents(), st.data())
def test_any_document_ends_as_the_canonical_whole(cut: Cut, data: st.DataObject) -> None:
    check_stream(cut)
    check_text_begun(cut, data)
    check_takeover(cut, data)
    check_taken_pieces(cut)
    check_colours_at_any_time(cut, data.draw(st.randoms(use_true_random=False)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(pieces_of_documents, pieces_of_documents)
def test_any_open_end_may_have_words_appended(begun: list[str], pieces: list[str]) -> None:
    check_words_appended("".join(begun), pieces)
