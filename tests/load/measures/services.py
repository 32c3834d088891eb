"""Memory and CPU of web, its database and the rest: at rest, for a page, for a question."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.load.accounting import cpu_seconds, own_bytes, resident_bytes, settle
from tests.load.answers.stack import Stack, Web, running_stack, running_web
from tests.load.answers.text import MOST_ANSWERS, question
from tests.load.answers.visitor import Visitor, visiting
from tests.load.crowd import CrowdError
from tests.load.measures.findings import Findings
from tests.load.servers.running import Contender

_QUESTIONS: Final = 10
_WORDS: Final = 200
_RATE: Final = 1000
_SHORT: Final = 3
_TIMES: Final = 300
_WARM_UP: Final = 30
_ANSWER_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1
_MILLI: Final = 1e3
_BUSY: Final = 'aria-busy="true"'
_CHATS: Final = 50
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class _Cost:
    """Milliseconds of CPU for one of what was done."""

    web: float
    database: float
    bus: float


def measure_services(_contender: Contender, folder: Path) -> Findings:
    """Return bytes at rest and after work, and milliseconds of CPU a page, token and question."""
    with ExitStack() as opened:
        stack = opened.enter_context(running_stack(folder, {}))
        web = opened.enter_context(running_web(folder, stack))
        settle()
        findings = _memory(stack, web, "rest")
        visitor = opened.enter_context(visiting(web))
        chat = _chat_of(visitor, _QUESTIONS)
        page = _cost(stack, web, lambda: visitor.see(chat))
        token = _cost(stack, web, lambda: visitor.renew_token(chat))
        asked = _cost_of_questions(stack, web, visitor)
        findings |= {
            "page_web": page.web,
            "page_database": page.database,
            "token_web": token.web,
            "token_database": token.database,
            "question_web": asked.web,
            "question_database": asked.database,
            "question_bus": asked.bus,
        }
        return findings | _memory(stack, web, "worked")


def _memory(stack: Stack, web: Web, when: str) -> Findings:
    pids = stack.pids
    return {
        f"memory_web_{when}": resident_bytes([web.pid]),
        f"memory_realtime_{when}": resident_bytes([pids.gateway]),
        f"memory_ai_{when}": resident_bytes([pids.ai]),
        f"memory_nats_{when}": resident_bytes([pids.bus]),
        f"memory_database_{when}": own_bytes([web.database.child.pid]),
    }


def _chat_of(visitor: Visitor, questions: int) -> int:
    """Make a chat of so many questions and answers."""
    chat = visitor.new_chat()
    for number in range(questions):
        visitor.ask_in(chat, question(number, _WORDS, _RATE))
        _until_answered(visitor, chat)
    return chat


def _until_answered(visitor: Visitor, chat: int) -> None:
    until = time.monotonic() + _ANSWER_SECONDS
    while _BUSY in visitor.see(chat):
        if time.monotonic() > until:
            raise CrowdError(f"chat {chat} was not answered")
        settle(_LOOK_SECONDS)


def _cost(stack: Stack, web: Web, do: Callable[[], object]) -> _Cost:
    for _ in range(_WARM_UP):
        do()
    before = _spent(stack, web)
    for _ in range(_TIMES):
        do()
    return _each(before, _spent(stack, web), _TIMES)


def _cost_of_questions(stack: Stack, web: Web, visitor: Visitor) -> _Cost:
    """Ask in many chats in turn: with what web does until each short answer is in the database."""
    chats = [visitor.new_chat() for _ in range(_CHATS)]
    # The first answer of a chat brings a title, which the others do not.
    _ask_in_all(visitor, chats)
    before = _spent(stack, web)
    for _ in range(_ROUNDS):
        _ask_in_all(visitor, chats)
    return _each(before, _spent(stack, web), _ROUNDS * _CHATS)


def _ask_in_all(visitor: Visitor, chats: Sequence[int]) -> None:
    for chat in chats:
        visitor.ask_in(chat, question(chat % MOST_ANSWERS, _SHORT, _RATE))
    _until_answered(visitor, chats[-1])
    settle()


def _spent(stack: Stack, web: Web) -> _Cost:
    return _Cost(*(cpu_seconds([pid]) for pid in (web.pid, web.database.child.pid, stack.pids.bus)))


def _each(before: _Cost, after: _Cost, times: int) -> _Cost:
    return _Cost(
        (after.web - before.web) * _MILLI / times,
        (after.database - before.database) * _MILLI / times,
        (after.bus - before.bus) * _MILLI / times,
    )
