"""Properties of every growing text, wherever it is cut."""

from random import Random

import pytest
from hypothesis import strategies as st

from services.shared.highlighting.code import Code, Colours
from services.shared.markdown import Splitter, render
from services.shared.markdown.stream import splitter as module
from tests.support.rendered import colours_of, plain
from tests.unit.shared.markdown.allowed_html import outline
from tests.unit.shared.markdown.documents import BLOCKS, FRAGMENTS, PREFIX, Cut, stream
from tests.unit.shared.markdown.page_model import Page

# Only a definition, which the source cannot have without these two, may come too late.
DEFINITION = "]:"
WORDS = "word¦ ¦a¦B c¦ d, e¦it's¦?¦! f¦-¦ - ¦\"¦9¦ 1¦é¦漢字"
pieces_of_documents = st.lists(
    st.sampled_from(WORDS.split("¦")) | st.sampled_from(FRAGMENTS + BLOCKS), min_size=1, max_size=8
)


def check_stream(cut: Cut) -> None:
    """The page ends as the canonical whole unless a definition came late; its ids are unique."""
    document, pieces = cut
    streamed = stream(pieces)
    done, open_end = streamed.page.state()
    assert open_end == ""
    assert streamed.splitter.whole == plain(document, id_prefix=PREFIX)
    assert streamed.last.needs_replace == (done != streamed.splitter.whole)
    assert not streamed.last.needs_replace or DEFINITION in document
    for some_done, some_open_end in streamed.states:
        ids = outline(some_done).ids
        assert len(set(ids)) == len(ids)
        assert outline(some_open_end).ids == []


def check_text_begun(cut: Cut, data: st.DataObject) -> None:
    """What the page has depends on the text and not on its cutting."""
    text = cut[0][: data.draw(st.integers(0, len(cut[0])))]
    whole, slowly = Splitter(PREFIX, begun=text), Splitter(PREFIX)
    for character in text:
        slowly.feed(character)
    assert whole.done == slowly.done
    assert whole.open_end == slowly.open_end or len(slowly.open_end) > 256


def check_takeover(cut: Cut, data: st.DataObject) -> None:
    """Pages and splitters that begin in the middle, or get changes twice, end as the others."""
    pieces = cut[1]
    first = stream(pieces)
    middle = data.draw(st.integers(0, len(pieces)))
    begun = Splitter(PREFIX, begun="".join(pieces[:middle]))
    opened = Page(PREFIX, begun.done, begun.open_end)
    for changes in first.changes[data.draw(st.integers(0, middle)) :]:
        opened.apply(changes)
    assert opened.state() == first.page.state()
    kept = Page(PREFIX, *first.states[middle])
    assert stream(pieces[middle:], begun, kept).page.state() == first.page.state()
    ended = first.page.state()
    first.page.apply(first.all_changes[data.draw(st.integers(0, len(first.all_changes))) :])
    assert first.page.state() == ended


def check_colours_at_any_time(cut: Cut, random: Random) -> None:
    """Colours may come at any time or never, and the splitter knows what the page has."""
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
        assert page.state() == (splitter.done, splitter.open_end)
        page.apply(splitter.colour(some_colours()))
        assert page.state() == (splitter.done, splitter.open_end)
    last = splitter.finish()
    page.apply(last.changes)
    page.apply(splitter.colour(some_colours()))
    assert page.state() == (splitter.done, "")
    assert splitter.whole == render(cut[0], id_prefix=PREFIX).html(known)
    assert last.needs_replace or splitter.done == splitter.whole


def check_taken_pieces(cut: Cut) -> None:
    """What is finished is taken once, is at the front of what the page has, and is all in the end.

    Code may get its colours late: what was taken stays plain.
    """
    splitter, taken = Splitter(PREFIX), ""
    for piece in cut[1]:
        splitter.feed(piece)
        taken += splitter.take_finished()
        assert splitter.done.startswith(taken)
    splitter.finish()
    assert taken + splitter.take_finished() == splitter.done
    assert splitter.take_finished() == ""


def check_words_appended(text: str, pieces: list[str]) -> None:
    """The open end to which words are appended is the one that would be rendered again."""
    appended, rendered = Splitter(PREFIX, begun=text), Splitter(PREFIX, begun=text)
    for piece in pieces:
        appended.feed(piece)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(module, "is_words", lambda _piece: False)
            rendered.feed(piece)
        assert appended.open_end == rendered.open_end
        assert appended.done == rendered.done
