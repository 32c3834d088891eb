"""What the demo model says: fixed texts, chosen by a word in the question."""

import re
from itertools import cycle, islice
from string import Template

from services.demo.long_answer import CHAPTERS, ENDING, OPENING
from services.demo.texts import (
    CODE,
    COMMANDS,
    HELP,
    NAMELESS_TITLE,
    REASONING,
    TABLE,
    TITLES,
    WELCOME,
)

LONGEST_QUOTATION = 160
HIGHEST_COUNT = 1000
LONG_ANSWER_CHAPTERS = 17
TITLE_WORDS = 6

_COUNT = re.compile(
    r"\bcount\b[^0-9]{0,20}(?:[0-9]{1,4} )?(?:up )?to ([0-9]{1,4})\b", re.IGNORECASE
)
_CHOICES = (
    (re.compile(r"\blong\b", re.IGNORECASE), "long"),
    (re.compile(r"\bcode\b", re.IGNORECASE), "code"),
    (re.compile(r"\btable\b", re.IGNORECASE), "table"),
)
# Every character that can begin markup inside a line of markdown.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&!^:@=.]")


def answer_to(question: str) -> str:
    """Return the markdown answer to `question`; it is always the same for the same question."""
    if last := _asked_count(question):
        return _count_to(last)
    quoted = quote(question)
    match _choice(question):
        case "long":
            return _long(quoted)
        case "code":
            return Template(CODE).substitute(question=quoted)
        case "table":
            return Template(TABLE).substitute(question=quoted)
        case _:
            return Template(WELCOME).substitute(question=quoted)


def title_for(question: str) -> str:
    """Return a title for a chat that begins with `question`."""
    if last := _asked_count(question):
        return f"Counting to {last}"
    words = "".join(c if c.isalnum() else " " for c in question[:LONGEST_QUOTATION]).split()
    spoken = " ".join(words[:TITLE_WORDS])
    return TITLES.get(_choice(question)) or spoken[:1].upper() + spoken[1:] or NAMELESS_TITLE


def reasoning_about(question: str) -> str:
    """Return the model's reasoning about `question`."""
    return Template(REASONING).substitute(question=quote(question))


def help_text() -> str:
    """Return the list of commands, as markdown."""
    rows = "\n".join(f"| `{command}` | {what} |" for command, what in COMMANDS)
    return Template(HELP).substitute(rows=rows)


def quote(question: str) -> str:
    """Shorten `question` to one line in which no character is markup."""
    printable = "".join(c if c.isprintable() else " " for c in question[: 4 * LONGEST_QUOTATION])
    line = " ".join(printable.split())
    if len(line) > LONGEST_QUOTATION or len(question) > 4 * LONGEST_QUOTATION:
        line = line[:LONGEST_QUOTATION].rstrip() + "…"
    return _MARKUP.sub(r"\\\g<0>", line) or "(no words)"


def _choice(question: str) -> str:
    return next((name for pattern, name in _CHOICES if pattern.search(question)), "")


def _asked_count(question: str) -> int | None:
    counted = _COUNT.search(question)
    return max(1, min(int(counted[1]), HIGHEST_COUNT)) if counted else None


def _count_to(last: int) -> str:
    numbers = [str(number) for number in range(1, last + 1)]
    rows = (", ".join(numbers[first : first + 10]) for first in range(0, last, 10))
    return f"Counting to **{last}**:\n\n" + ",\n".join(rows) + ".\n"


def _long(quoted: str) -> str:
    chapters = islice(cycle(CHAPTERS), LONG_ANSWER_CHAPTERS)
    numbered = (
        Template(chapter).substitute(number=number) for number, chapter in enumerate(chapters, 1)
    )
    opening = Template(OPENING).substitute(question=quoted, chapters=LONG_ANSWER_CHAPTERS)
    return "\n".join([opening, *numbered, ENDING])
