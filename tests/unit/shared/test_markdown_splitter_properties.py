"""The growing stream, whatever the text and wherever it is cut."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.shared.highlighting.code import Code, Colours
from services.shared.markdown import Splitter, render
from tests.support.rendered import colours_of, plain
from tests.unit.shared.allowed_html import as_a_browser_reads, outline
from tests.unit.shared.hostile_markdown import COSTLY, HOSTILE
from tests.unit.shared.markdown_documents import PREFIX, cut_documents, in_pieces, stream
from tests.unit.shared.page_model import Page
from tests.unit.shared.specification import examples

# Only a definition, which the source cannot have without these two, may come too late.
DEFINITION = "]:"
Cut = tuple[str, list[str]]


@settings(max_examples=400, deadline=None)
@given(cut_documents())
def test_the_page_ends_as_the_canonical_whole_unless_a_definition_came_late(cut: Cut) -> None:
    document, pieces = cut
    streamed = stream(pieces)
    done, tail = streamed.page.state()
    assert tail == ""
    assert streamed.splitter.whole == plain(document, id_prefix=PREFIX)
    assert streamed.ending.needs_replace == (done != streamed.splitter.whole)
    assert not streamed.ending.needs_replace or DEFINITION in document


@settings(max_examples=300, deadline=None)
@given(cut_documents(), st.randoms(use_true_random=False))
def test_colours_may_come_at_any_time_or_never(cut: Cut, random: Random) -> None:
    splitter, page = Splitter(PREFIX), Page(PREFIX)
    waiting: list[Code] = []
    known: dict[Code, str | None] = {}

    def some_colours() -> Colours:
        waiting.extend(splitter.take_codes())
        come = [code for code in waiting if random.random() < 0.4]
        known.update(colours_of(come))
        return colours_of(come)

    for piece in cut[1]:
        page.apply(splitter.feed(piece))
        page.apply(splitter.colour(some_colours()))
        assert page.state() == (splitter.done, splitter.open_end)
    ending = splitter.finish()
    page.apply(ending.changes)
    page.apply(splitter.colour(some_colours()))
    assert page.state() == (splitter.done, "")
    assert splitter.whole == render(cut[0], id_prefix=PREFIX).html(known)
    assert ending.needs_replace or splitter.done == splitter.whole


@settings(max_examples=300, deadline=None)
@given(cut_documents())
def test_the_splitter_knows_what_the_page_has(cut: Cut) -> None:
    splitter, page = Splitter(PREFIX), Page(PREFIX)
    for piece in cut[1]:
        page.apply(splitter.feed(piece))
        assert page.state() == (splitter.done, splitter.open_end)


@settings(max_examples=300, deadline=None)
@given(cut_documents(), st.data())
def test_what_the_page_has_depends_on_the_text_and_not_on_its_cutting(
    cut: Cut, data: st.DataObject
) -> None:
    text = cut[0][: data.draw(st.integers(0, len(cut[0])))]
    whole, slowly = Splitter(PREFIX, begun=text), Splitter(PREFIX)
    for character in text:
        slowly.feed(character)
    assert whole.done == slowly.done
    assert whole.open_end == slowly.open_end or len(slowly.open_end) > 256


@settings(max_examples=300, deadline=None)
@given(cut_documents(), st.data())
def test_a_page_opened_in_the_middle_goes_on_with_the_changes_of_another(
    cut: Cut, data: st.DataObject
) -> None:
    pieces = cut[1]
    streamed = stream(pieces)
    opened = data.draw(st.integers(0, len(pieces)))
    known = data.draw(st.integers(0, opened))
    begun = Splitter(PREFIX, begun="".join(pieces[:opened]))
    page = Page(PREFIX, begun.done, begun.open_end)
    for changes in streamed.changes[known:]:
        page.apply(changes)
    assert page.state() == streamed.page.state()


@settings(max_examples=200, deadline=None)
@given(cut_documents(), st.data())
def test_a_splitter_that_begins_in_the_middle_goes_on_with_the_page_of_another(
    cut: Cut, data: st.DataObject
) -> None:
    pieces = cut[1]
    first = stream(pieces)
    taken_over = data.draw(st.integers(0, len(pieces)))
    page = Page(PREFIX, *first.states[taken_over])
    successor = Splitter(PREFIX, begun="".join(pieces[:taken_over]))
    assert stream(pieces[taken_over:], successor, page).page.state() == first.page.state()


@settings(max_examples=300, deadline=None)
@given(cut_documents(), st.data())
def test_changes_that_a_page_had_already_leave_it_as_it_is(cut: Cut, data: st.DataObject) -> None:
    streamed = stream(cut[1])
    ended = streamed.page.state()
    changes = streamed.all_changes
    streamed.page.apply(changes[data.draw(st.integers(0, len(changes))) :])
    assert streamed.page.state() == ended


@settings(max_examples=300, deadline=None)
@given(cut_documents())
def test_ids_are_unique_at_all_times_and_there_are_none_in_the_tail(cut: Cut) -> None:
    for done, tail in stream(cut[1]).states:
        ids = outline(done).ids
        assert len(set(ids)) == len(ids)
        assert outline(tail).ids == []


@pytest.mark.parametrize("markdown", [pytest.param(source, id=name) for name, source in examples()])
def test_the_specifications_examples_end_as_the_canonical_whole(markdown: str) -> None:
    streamed = stream(list(markdown))
    assert streamed.splitter.whole == plain(markdown, id_prefix=PREFIX)
    assert not streamed.ending.needs_replace or DEFINITION in markdown


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_is_harmless_at_every_character(source: str) -> None:
    for state in stream(list(f"- a\n- {source}\n\n{source}")).states:
        for html in state:
            outline(html)
            assert as_a_browser_reads(html) == html.replace("\xa0", "&nbsp;")


@pytest.mark.parametrize("source", COSTLY.values(), ids=COSTLY.keys())
def test_costly_markdown_can_be_streamed(source: str) -> None:
    streamed = stream(in_pieces(source, 4_096))
    assert streamed.splitter.whole == plain(source, id_prefix=PREFIX)
