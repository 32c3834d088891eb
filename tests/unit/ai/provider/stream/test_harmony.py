"""Telling reasoning from answer by the marks of the Harmony format, however the text is cut."""

import json
from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st

from services.ai.provider.ask import Ask
from services.ai.provider.stream.chunks import ChunkReader
from services.ai.provider.stream.harmony import ContinuedReader, HarmonyReader
from services.ai.provider.stream.reasoning import TagSplitter

ANALYSIS = "<|channel|>analysis<|message|>"
COMMENTARY = "<|channel|>commentary<|message|>"
FINAL = "<|channel|>final<|message|>"
START = "<|start|>assistant"
END = "<|end|>"
RETURN = "<|return|>"
CALL = "<|call|>"

PARTS = [ANALYSIS, COMMENTARY, FINAL, START, END, RETURN, CALL, "<|", "<", "|>", "Hm", " ", "`"]


def cut(text: str, data: st.DataObject) -> list[str]:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=8).map(sorted))
    return [text[begin:end] for begin, end in pairwise([0, *cuts, len(text)])]


def shared(parts: list[str], begun: str | None = None) -> tuple[str, str]:
    """Return the answer and the reasoning of text that comes in these parts."""
    reader = TagSplitter() if begun is None else ContinuedReader(begun)
    text, reasoning = "", ""
    for share in (*map(reader.feed, parts), reader.finish()):
        if share.recast:
            text, reasoning = "", reasoning + text
        text += share.text
        reasoning += share.reasoning
    return text, reasoning


WHOLE = [
    (f"{ANALYSIS}Hm{END}{START}{FINAL}Hello.", "Hello.", "Hm"),
    (f"{START}{ANALYSIS}Hm{END}{START}{FINAL}Hello.{RETURN}", "Hello.", "Hm"),
    (f"\n{ANALYSIS}Hm{END}\n{START}{FINAL}\nHello.{RETURN}\n", "Hello.", "Hm"),
    (f"{ANALYSIS}Hm{START}{FINAL}Hello.{END}", "Hello.", "Hm"),
    (f"{ANALYSIS}Hm{END}{FINAL}Hello.", "Hello.", "Hm"),
    (f"{FINAL}Hello.{RETURN}", "Hello.", ""),
    (f"{START}{FINAL}Hello.{CALL}", "Hello.", ""),
    (f"{FINAL}", "", ""),
    (f"{ANALYSIS}On and on", "", "On and on"),
    (f"{ANALYSIS}Hm{END}", "", "Hm"),
    (f"{ANALYSIS}Hm{END}{START}<|chan", "", "Hm"),
    (f"{ANALYSIS}Hm{END}{START}{COMMENTARY}I look.{END}{START}{FINAL}So.", "So.", "Hm\n\nI look."),
    (
        (
            f"{ANALYSIS}Hm{END}{START}<|channel|>commentary to=functions.find "
            f'<|constrain|>json<|message|>{{"a": 1}}{CALL}'
        ),
        "",
        'Hm\n\n{"a": 1}',
    ),
    (
        (
            f"{ANALYSIS}Hm{END}{START} to=functions.find<|channel|>commentary json<|message|>{{}}"
            f"{CALL}{START}{FINAL}So."
        ),
        "So.",
        "Hm\n\n{}",
    ),
    (f"{ANALYSIS}Hm{END}{START}<|channel|>final <|constrain|>JSON<|message|>{{}}", "{}", "Hm"),
    (f"{ANALYSIS}Hm{END}{START}<|message|>Hello there", "Hello there", "Hm"),
    (f"{START}<|message|>Hello.{RETURN}", "Hello.", ""),
    (f"{START} to=functions.find<|message|>{{}}{CALL}{START}{FINAL}So.", "So.", "{}"),
    (f"{FINAL}Hello.{END}{START}{FINAL}More.{RETURN}", "Hello.\n\nMore.", ""),
    (
        f"{FINAL}Hello.{END}\n{START}{FINAL}\nMore.{END}{START}<|message|>So.",
        "Hello.\n\nMore.\n\nSo.",
        "",
    ),
    (f"{FINAL}Hello.{END}{START}{ANALYSIS}Hm{END}{START}{FINAL}More.", "Hello.\n\nMore.", "Hm"),
    (f"{ANALYSIS}Hm{END}{FINAL}{END}{START}{FINAL}More.", "More.", "Hm"),
    (f"{FINAL}Hello.{END}{START}{FINAL}{RETURN}", "Hello.", ""),
]


def test_channels_tell_thoughts_from_the_answer_also_in_a_continuation() -> None:
    for text, answer, reasoning in WHOLE:
        for parts in ([text], list(text), *([text[:n], text[n:]] for n in range(len(text)))):
            assert shared(parts) == (answer, reasoning)
            assert shared(parts, "Once upon ") == (answer, reasoning)


def test_marks_that_a_thought_or_an_answer_is_about_stay() -> None:
    for mark in (END, RETURN, CALL, START, "<|channel|>", "<|message|>", "<|x|>"):
        thought, answer = f"They ask about {mark} here", f"{mark} is `{mark}`, a mark."
        text = f"{ANALYSIS}{thought}{END}{START}{FINAL}{answer}{RETURN}"
        assert shared([text]) == shared(list(text)) == (answer, thought)


CALLS = [
    f"{START}<|channel|>commentary to=functions.find <|constrain|>json<|message|>{{}}{CALL}",
    f"{START} to=functions.find<|channel|>commentary json<|message|>{{}}{CALL}",
    f"{START} to=find<|message|>{{}}{CALL}",
]


def test_a_message_to_a_tool_names_it() -> None:
    befores = ("", f"{ANALYSIS}Hm{END}", f"{FINAL}I look.{END}")
    asks = (Ask(turns=()), Ask(turns=(), begun="Once upon a time"))
    for before, call, ask, parted in product(befores, CALLS, asks, (lambda text: [text], list)):
        reader, parts = ChunkReader(ask), parted(before + call)
        chunks = [json.dumps({"choices": [{"delta": {"content": part}}]}) for part in parts]
        tools = [reader.read(chunk.encode()).tool for chunk in chunks]
        assert [tool for tool in tools if tool] == ["find"]


def test_a_whole_header_within_the_answer_is_part_of_it() -> None:
    for quoted in (f"{END}{START}{ANALYSIS}No{END}{START}{FINAL}Yes", FINAL):
        for answer in (f"It is {quoted} so.", f"```\n{quoted}\n```"):
            text = f"{ANALYSIS}Hm{END}{START}{FINAL}{answer}"
            assert shared([text]) == shared(list(text)) == (answer, "Hm")


def test_text_that_does_not_begin_with_a_header_is_text() -> None:
    for text in (
        f"The format is {ANALYSIS}Hm{END}{START}{FINAL}Hello.",
        f"`{ANALYSIS}Hm{END}{START}{FINAL}Hello.{RETURN}`",
        f"```\n{START}{ANALYSIS}Hm{END}\n{START}{FINAL}Hello.{RETURN}\n```",
        "<|channel|> is a mark.",
        "<|channel|>other<|message|>Hello.",
        "<|channel|>finally<|message|>Hello.",
        "<|start|>user<|message|>Hello.",
        f"{START} is how it begins.",
        "<|start|>assistant" + " x" * 200 + FINAL,
        f"Hello.{RETURN}",
        "<|chan",
        START,
    ):
        assert shared([text]) == shared(list(text)) == (text, "")
    for text in (" a time.", "<", "<|channel|> is", "\n\n", " <think>x</think>"):
        assert shared([text], "Once upon") == shared(list(text), "Once upon") == (text, "")
    for begun in ("```\n", "Write `", "~~~text\n<|start|>assistant"):
        text = f"{FINAL}Hello."
        assert shared([text], begun) == shared(list(text), begun) == (text, "")


@given(st.lists(st.sampled_from(PARTS), max_size=16).map("".join), st.data())
def test_cuts_make_no_difference(text: str, data: st.DataObject) -> None:
    for whole in (text, ANALYSIS + text):
        assert shared(cut(whole, data)) == shared([whole])
        assert shared(cut(whole, data), "Once ") == shared([whole], "Once ")


def test_many_marks_in_a_thought_cost_time_in_proportion() -> None:
    thought = f"{END}{START}" * 2_000
    for size in (1000, len(thought)):
        reader = HarmonyReader()
        parts = [f"{ANALYSIS}", *(thought[n : n + size] for n in range(0, len(thought), size))]
        shares = [*map(reader.feed, (*parts, "|")), reader.finish()]
        assert "".join(share.reasoning for share in shares) == f"{thought}|"
