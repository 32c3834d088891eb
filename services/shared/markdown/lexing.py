"""Pygments' lexers, with no rule tried that cannot match at the character that comes next."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pygments.lexer import Lexer, RegexLexer
from pygments.lexers import find_lexer_class_by_name
from pygments.token import Error, Whitespace, _TokenType

from services.shared.markdown.first_characters import ANY, bit, first_characters

type Token = tuple[_TokenType, str]
type _Action = Callable[[Lexer, re.Match[str]], Iterator[tuple[int, _TokenType, str]]]
# What matches, what is made of it, and the states that are left and entered then.
type _Rule = tuple[Callable[[str, int], re.Match[str] | None], _Action | _TokenType | None, Any]

_ROOT: Final = "root"
# It takes as long to find out which of so few can match as to try them.
_FEW_RULES: Final = 12
_BEYOND_ASCII: Final = "\x80"
_OPTIONS: Final[dict[str, object]] = {
    "ensurenl": False,
    "handlecodeblocks": False,
    "stripall": False,
    "stripnl": False,
}


def tokens(code: str, language: str) -> Iterator[Token]:
    """Yield the tokens that Pygments finds in code, in the language that it calls by this name."""
    lexer_class, states = _grammar(language)
    # A lexer may keep what it saw; each code has its own, which costs next to nothing.
    lexer = lexer_class(**_OPTIONS, startinline="<?" not in code)
    if states and lexer_class.get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed:
        return _tokens_by_rules(lexer, states, code)
    if states:
        lexer._tokens = {name: state.for_pygments() for name, state in states.items()}  # type: ignore[attr-defined]  # noqa: SLF001 - where such lexers look for their rules
    return ((kind, text) for _, kind, text in lexer.get_tokens_unprocessed(code))


class _State(dict[str, list[_Rule]]):
    """The rules of a state that can match at a character, in their order."""

    def __init__(self, rules: list[_Rule]) -> None:
        super().__init__()
        self._rules = rules
        self._firsts = [_first_characters(rule) for rule in rules]

    def __missing__(self, character: str) -> list[_Rule]:
        if character > _BEYOND_ASCII:
            return self[_BEYOND_ASCII]
        wanted = bit(character) if character else ANY
        each = zip(self._firsts, self._rules, strict=True)
        self[character] = [rule for first, rule in each if first & wanted]
        return self[character]

    def for_pygments(self) -> Iterable[_Rule]:
        """Return the rules for one of Pygments' own loops."""
        return _Scout(self) if len(self._rules) > _FEW_RULES else self._rules


class _Scout:
    """The rules of a state for Pygments' own loops: one that never matches sees what is next."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def __iter__(self) -> Iterator[_Rule]:
        next_character = ""

        def look(code: str, position: int, _end: int = 0) -> None:
            nonlocal next_character
            next_character = code[position : position + 1]

        yield look, None, None
        yield from self._state[next_character]


type _States = Mapping[str, _State]


def _tokens_by_rules(lexer: Lexer, states: _States, code: str) -> Iterator[Token]:
    """Do as `RegexLexer.get_tokens_unprocessed` does, which tries each rule of a state."""
    stack, position = [_ROOT], 0
    while position < len(code):
        for match_at, action, change in states[stack[-1]][code[position]]:
            found = match_at(code, position)
            if found is None:
                continue
            if isinstance(action, _TokenType):
                yield action, found[0]
            elif action is not None:
                yield from ((kind, text) for _, kind, text in action(lexer, found))
            position = found.end()
            if change is not None:
                _follow(change, stack)
            break
        else:
            is_line_end = code[position] == "\n"
            stack[:] = [_ROOT] if is_line_end else stack
            yield Whitespace if is_line_end else Error, code[position]
            position += 1


def _follow(change: Any, stack: list[str]) -> None:
    """Leave and enter states; the first one is never left."""
    if isinstance(change, int):
        del stack[max(1, len(stack) + change) :]
        return
    for name in (change,) if isinstance(change, str) else change:
        if name == "#push":
            stack.append(stack[-1])
        elif name != "#pop":
            stack.append(name)
        elif len(stack) > 1:
            stack.pop()


def _first_characters(rule: _Rule) -> int:
    pattern = getattr(rule[0], "__self__", None)
    return first_characters(pattern) if isinstance(pattern, re.Pattern) else ANY


@cache
def _grammar(language: str) -> tuple[type[Lexer], _States]:
    """Return the class of a language's lexers, and its states if it has such."""
    lexer_class = find_lexer_class_by_name(language)
    states = getattr(lexer_class(**_OPTIONS), "_tokens", {})
    return lexer_class, {name: _State(rules) for name, rules in states.items()}
