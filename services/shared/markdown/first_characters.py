"""With which characters a match of a regular expression can begin."""

import re
from collections.abc import Iterable
from functools import cache
from re import _parser  # type: ignore[attr-defined]  # nothing public tells how a pattern is built
from typing import Any, Final, NamedTuple

# A set of characters is a number with a bit for each of ASCII, and one for all the others.
_ASCII: Final = 128
OTHERS: Final = 1 << _ASCII
ANY: Final = (OTHERS << 1) - 1
_NEWLINE: Final = 1 << ord("\n")
_CASES: Final = tuple(
    zip(range(ord("A"), ord("Z") + 1), range(ord("a"), ord("z") + 1), strict=True)
)
# Of these alone something beyond ASCII is another case: the Kelvin sign, long s and dotless i.
_FOLDED: Final = sum(1 << ord(letter) for letter in "IKSiks")


class _Beginning(NamedTuple):
    """The characters that a part of a pattern may begin with, and whether it may match nothing."""

    characters: int
    empty: bool = False


_UNKNOWN: Final = _Beginning(ANY, empty=True)


def bit(character: str) -> int:
    """Return the set of one character, or that of all beyond ASCII, for one of those."""
    return 1 << ord(character) if character.isascii() else OTHERS


@cache
def first_characters(pattern: re.Pattern[str]) -> int:
    """Return the set of characters that a match may begin with: perhaps some more, none less."""
    found = _sequence(_parser.parse(pattern.pattern, pattern.flags), pattern.flags)
    return ANY if found.empty else found.characters


def _sequence(parts: Iterable[tuple[Any, Any]], flags: int) -> _Beginning:
    characters = 0
    for name, value in parts:
        found = _beginning(str(name), value, flags)
        characters |= found.characters
        if not found.empty:
            return _Beginning(characters)
    return _Beginning(characters, empty=True)


def _beginning(name: str, value: Any, flags: int) -> _Beginning:
    match name:
        case "LITERAL":
            return _Beginning(_in_any_case(_range(value, value), flags))
        case "IN":
            return _Beginning(_one_of(value, flags))
        case "ANY":
            return _Beginning(ANY if flags & re.DOTALL else ANY & ~_NEWLINE)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return _Beginning(0, empty=True)
        case "BRANCH":
            return _either(_sequence(branch, flags) for branch in value[1])
        case _:
            return _group(name, value, flags)


def _group(name: str, value: Any, flags: int) -> _Beginning:
    match name:
        case "SUBPATTERN":
            _, added, removed, parts = value
            return _sequence(parts, (flags | added) & ~removed)
        case "ATOMIC_GROUP":
            return _sequence(value, flags)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, _, parts = value
            found = _sequence(parts, flags)
            return _Beginning(found.characters, found.empty or least == 0)
        case _:
            return _UNKNOWN


def _either(branches: Iterable[_Beginning]) -> _Beginning:
    characters, empty = 0, False
    for branch in branches:
        characters |= branch.characters
        empty = empty or branch.empty
    return _Beginning(characters, empty)


def _one_of(members: list[tuple[Any, Any]], flags: int) -> int:
    negated = str(members[0][0]) == "NEGATE"
    characters = 0
    for name, value in members[negated:]:
        characters |= _member(str(name), value)
    return ANY & ~characters | OTHERS if negated else _in_any_case(characters, flags)


def _member(name: str, value: Any) -> int:
    match name:
        case "LITERAL":
            return _range(value, value)
        case "RANGE":
            return _range(*value)
        case _:
            return _CATEGORIES[str(value)]


def _range(first: int, last: int) -> int:
    within = min(last + 1, _ASCII)
    ascii_part = (1 << within) - (1 << first) if first < within else 0
    return ascii_part | (OTHERS if last >= _ASCII else 0)


def _in_any_case(characters: int, flags: int) -> int:
    if not flags & re.IGNORECASE:
        return characters
    if characters & (_FOLDED | OTHERS):
        characters |= _FOLDED | OTHERS
    for upper, lower in _CASES:
        if characters >> upper & 1 or characters >> lower & 1:
            characters |= 1 << upper | 1 << lower
    return characters


def _category(letter: str) -> int:
    pattern = re.compile(rf"\{letter}")
    return sum(1 << code for code in range(_ASCII) if pattern.match(chr(code))) | OTHERS


_CATEGORIES: Final = {
    f"CATEGORY_{negation}{name}": _category(letter)
    for name, lower in (("DIGIT", "d"), ("SPACE", "s"), ("WORD", "w"))
    for negation, letter in (("", lower), ("NOT_", lower.upper()))
}
