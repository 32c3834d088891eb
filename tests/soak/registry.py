"""What a target is, and where its fragments come from."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

type Call = Callable[[str], object]

TARGETS: Final[dict[str, "Target"]] = {}
_LITERALS: Final = re.compile(r"[A-Za-z]{2,}|[^\sA-Za-z0-9\\]")


@dataclass(frozen=True, slots=True)
class Target:
    """A function that takes a text from outside, by its name and its module's.

    `longest` is the most characters that it may get. `modules` are searched for regular
    expressions, whose literal parts are fragments as well.
    """

    name: str
    home: str
    fragments: tuple[str, ...]
    longest: int
    modules: tuple[str, ...] = ()

    def load(self) -> Call:
        """Import the function: in the process in which it is to run."""
        return cast("Call", getattr(import_module(self.home), self.name))

    def alphabet(self) -> tuple[str, ...]:
        """Return all its fragments."""
        found = {part for module in self.modules for part in _literals(module)}
        return (*self.fragments, *sorted(found))


def target(
    *fragments: tuple[str, ...], longest: int, modules: tuple[str, ...] = ()
) -> Callable[[Call], Call]:
    """Register a function of a module's top level as a target."""

    def register(call: Call) -> Call:
        name = call.__name__
        flat = tuple(fragment for some in fragments for fragment in some)
        TARGETS[name] = Target(name, call.__module__, flat, longest, modules)
        return call

    return register


def _literals(module: str) -> set[str]:
    values = vars(import_module(module)).values()
    patterns = [value.pattern for value in values if isinstance(value, re.Pattern)]
    texts = [one if isinstance(one, str) else one.decode("latin-1") for one in patterns]
    return {literal for text in texts for literal in _LITERALS.findall(text)}
