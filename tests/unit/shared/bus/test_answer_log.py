"""The log of an answer: it is read as it was written, in any order and with any part lost."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from services.shared.bus.answer_log import LoggedAnswer, fold
from services.shared.bus.messages import AnswerLogEntry, AnswerResult

RESULT = AnswerResult(message_id=7, run=1, status="complete", text="")


@dataclass(slots=True)
class Writer:
    """Writes a log as a worker does, and knows its content."""

    text: str = ""
    reasoning: str = ""
    shown: int | None = None
    shown_text: str = ""
    shown_reasoning: str = ""
    told: tuple[str, str] | None = None
    """What pages had with the newest publication that the log names."""
    ended: bool = False
    entries: list[AnswerLogEntry] = field(default_factory=list)

    def begin(self) -> None:
        """Take over: it is unknown what pages have."""
        self.shown, self.told, self.ended = None, None, False
        self._write(whole=True, text=self.text, reasoning=self.reasoning)

    def compact(self) -> None:
        self.ended = False
        self._write(whole=True, text=self.text, reasoning=self.reasoning)

    def grow(self, text: str, reasoning: str) -> None:
        self._write(text=text, reasoning=reasoning)
        self.text += text
        self.reasoning += reasoning

    def recast(self, kept: int) -> None:
        kept = min(kept, len(self.text))
        self.reasoning += self.text[kept:]
        self.text = self.text[:kept]
        self.begin()

    def show(self) -> None:
        self.shown = 10 if self.shown is None else self.shown + 1

    def end(self) -> None:
        self._write(result=RESULT)
        self.ended = True

    def _write(
        self,
        *,
        whole: bool = False,
        text: str = "",
        reasoning: str = "",
        result: AnswerResult | None = None,
    ) -> None:
        if self.shown is not None:
            self.told = (self.text, self.reasoning)
        entry = AnswerLogEntry(
            run=1,
            job=1,
            whole=whole,
            offset=0 if whole else len(self.text),
            text=text,
            reasoning_offset=0 if whole else len(self.reasoning),
            reasoning=reasoning,
            shown=self.shown,
            result=result,
        )
        self.entries.append(AnswerLogEntry.model_validate_json(entry.model_dump_json()))


TEXT = st.text(max_size=6)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), TEXT, TEXT),
        st.sampled_from([("begin",), ("compact",), ("show",)]),
        st.tuples(st.just("recast"), st.integers(0, 20)),
    ),
    max_size=25,
)


def _written(steps: list[tuple[str | int, ...]], *, ended: bool) -> Writer:
    writer = Writer()
    writer.begin()
    for name, *arguments in steps:
        getattr(writer, str(name))(*arguments)
    if ended:
        writer.end()
    return writer


def _folded(entries: list[AnswerLogEntry], first: int = 0) -> LoggedAnswer | None:
    return fold((2 * place + 5, entry) for place, entry in enumerate(entries) if place >= first)


@given(STEPS, st.booleans())
def test_what_was_written_is_read(steps: list[tuple[str | int, ...]], ended: bool) -> None:
    writer = _written(steps, ended=ended)
    logged = _folded(writer.entries)
    assert logged is not None
    assert (logged.text, logged.reasoning) == (writer.text, writer.reasoning)
    assert logged.sequence == 2 * len(writer.entries) + 3
    assert (logged.result is not None) == ended
    shown = logged.as_shown()
    expected = writer.told or (writer.text, writer.reasoning)
    assert (shown.text, shown.reasoning) == expected
    assert (logged.shown is not None) == (writer.told is not None)


@given(STEPS, st.booleans())
def test_entries_before_a_whole_one_do_not_count(
    steps: list[tuple[str | int, ...]], ended: bool
) -> None:
    entries = _written(steps, ended=ended).entries
    newest = max(place for place, entry in enumerate(entries) if entry.whole)
    assert _folded(entries) == _folded(entries, newest)


@given(STEPS, st.booleans(), st.integers(0, 30))
def test_a_log_that_has_lost_its_beginning_is_read_right_or_as_empty(
    steps: list[tuple[str | int, ...]], ended: bool, lost: int
) -> None:
    writer = _written(steps, ended=ended)
    logged = _folded(writer.entries, lost)
    if logged is None:
        assert lost >= len(writer.entries)
        return
    assert logged.sequence == 2 * len(writer.entries) + 3
    assert logged.text in ("", writer.text)
    assert logged.reasoning in ("", writer.reasoning)
    if logged.result is not None:
        assert (logged.text, logged.reasoning) == (writer.text, writer.reasoning)


def test_no_entries_are_no_answer() -> None:
    assert fold([]) is None
