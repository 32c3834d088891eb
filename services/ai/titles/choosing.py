"""Finds the title in a model's answer."""

import json
import re
from collections.abc import Iterator
from typing import Final

from services.ai.provider.stream.reasoning import without_reasoning
from services.ai.titles.lines import (
    LABEL,
    LEAD_IN,
    LONGEST_LINE,
    WORDS,
    says_something,
    title_of,
    unmarked,
    unquoted,
)
from services.ai.titles.model_refusals import is_refusal

LONGEST_ANSWER: Final = 32_000
LAST_LINES: Final = 20

_OBJECT: Final = re.compile(r"(?:^|[:：`])[ \t]*\{", re.MULTILINE)  # noqa: RUF001 - the colon of Chinese and Japanese
_MEMBER: Final = re.compile(
    rf"[{{,]\s*[\"'](?:\w+_)?(?:{WORDS})[\"']\s*:\s*"
    r"(?:\"((?:[^\"\\\n]|\\.)*)\"?|'((?:[^'\\\n]|\\.)*)'?)",
    re.IGNORECASE,
)
_ARRAY: Final = re.compile(
    r"^[ \t]*\[\s*\"((?:[^\"\\\n]|\\.)*)\"(?:\s*,[^\]]{0,2000})?\][ \t]*$", re.MULTILINE
)
_FENCE: Final = re.compile(r"\s*(?:`{3,}|~{3,})[\w+-]*\s*")
_ITEM: Final = re.compile(r"(?:[-*+>]\s+|[0-9]{1,2}[.)]\s+)+")
_SET_OFF: Final = re.compile(r"#{1,6}\s+\S.*|(\*{2,3}|__|`)(?=\S)((?!\1).)+\1[.:]?")
_MARKED: Final = re.compile(
    r"\*\*(.+?)\*\*|\"(.+?)\"|“(.+?)”|„(.+?)[“”]|«(.+?)»|「(.+?)」|《(.+?)》"
)
_COLONS: Final = (":", "：")  # noqa: RUF001 - the colon of Chinese and Japanese
_SENTENCE_ENDS: Final = (*_COLONS, ".", "!", "?", "。", "！", "？")  # noqa: RUF001 - as above


def clean_title(answer: str) -> str | None:
    """Return the title in a model's answer as plain text, which may hold `<` and `&`.

    It is a member of JSON, or the line that is labelled, set off or introduced as a title, or else
    the last line that does not look like a sentence. None where there is none, as in a refusal.
    """
    text = without_reasoning(answer[:LONGEST_ANSWER])
    lines = [line[: LONGEST_LINE + 1] for line in _lines(text)][-LAST_LINES:]
    said = _named(text) or _labelled(lines) or _set_off(lines)
    if said is None and lines and not is_refusal(unmarked(lines[0])):
        said = _quoted(lines) or _introduced(lines) or _last(lines)
    title = title_of(said or "")
    return None if title is None or is_refusal(title) else title


def _lines(text: str) -> Iterator[str]:
    """Yield the lines with words; one in a fence is set off as code."""
    is_code = False
    for line in text.splitlines():
        if _FENCE.fullmatch(line):
            is_code = not is_code
        elif says_something(line):
            yield f"`{line.strip()}`" if is_code and "`" not in line else line.strip()


def _named(text: str) -> str | None:
    """Return the title of an answer that is or holds JSON."""
    start = _OBJECT.search(text)
    found = (start and _MEMBER.search(text, start.start())) or _ARRAY.search(text)
    if found is None:
        return None
    written = next(filter(None, found.groups()), "")
    try:
        value = json.loads(f'"{written}"')
    except ValueError:
        value = written
    return str(value) if says_something(str(value)) else None


def _labelled(lines: list[str]) -> str | None:
    labelled = (line for line in reversed(lines) if _is_labelled(unmarked(line)))
    return next(labelled, None)


def _is_labelled(plain: str) -> bool:
    label = LABEL.match(plain)
    return label is not None and says_something(plain[label.end() :])


def _set_off(lines: list[str]) -> str | None:
    """Return the first line that is a heading, emphasised, quoted or code as a whole."""
    for line in lines:
        said = _ITEM.sub("", line, count=1) if _ITEM.match(line) else line
        plain = unmarked(said)
        is_whole = _SET_OFF.fullmatch(said) or unquoted(plain) != plain
        if is_whole and not plain.endswith(_COLONS) and title_of(said):
            return said
    return None


def _quoted(lines: list[str]) -> str | None:
    """Return the only marked words of a line that announces a title."""
    for line in lines:
        marked = _MARKED.findall(line)
        if len(marked) == 1 and LEAD_IN.match(unmarked(line)):
            return "".join(marked[0])
    return None


def _introduced(lines: list[str]) -> str | None:
    """Return the line after one that ends in a colon."""
    opened = [unmarked(line).endswith(_COLONS) for line in lines]
    pairs = zip(opened, opened[1:], lines[1:], strict=False)
    return next((line for before, here, line in pairs if before and not here), None)


def _last(lines: list[str]) -> str | None:
    titles = (line for line in reversed(lines) if not unmarked(line).endswith(_SENTENCE_ENDS))
    return next(titles, lines[-1])
