"""What the testsuite found, in a few lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, override

from pydantic import BaseModel, TypeAdapter

GOOD: Final = frozenset({"OK", "INFORMATIONAL"})
TOLERATED: Final = frozenset({*GOOD, "NON-STRICT"})


class Case(BaseModel):
    """One case of the testsuite's index: how it went, and how its connection ended."""

    behavior: str
    behaviorClose: str  # noqa: N815 - the testsuite's own name


@dataclass(frozen=True, slots=True)
class Report:
    """Names of the cases, by their outcome."""

    good: tuple[str, ...]
    non_strict: tuple[str, ...]
    failed: tuple[str, ...]

    @classmethod
    def read(cls, index: str) -> Self:
        """Read the testsuite's `index.json`, which holds the one agent that was tested.

        Raises `ValueError` where that is not what it holds.
        """
        agents = TypeAdapter(dict[str, dict[str, Case]]).validate_json(index)
        (cases,) = agents.values()
        worst = {name: _worst(case) for name, case in cases.items()}
        return cls(
            good=_names(worst, *GOOD),
            non_strict=_names(worst, "NON-STRICT"),
            failed=tuple(name for name, how in worst.items() if how not in TOLERATED),
        )

    @property
    def total(self) -> int:
        """How many cases were run."""
        return len(self.good) + len(self.non_strict) + len(self.failed)

    @override
    def __str__(self) -> str:
        counts = (
            f"{len(self.good)} OK, {len(self.non_strict)} non-strict, {len(self.failed)} failed"
        )
        lines = [f"  non-strict: {name}" for name in self.non_strict]
        return "\n".join([counts, *lines, *(f"  failed: {name}" for name in self.failed)])


def _worst(case: Case) -> str:
    return next((how for how in (case.behavior, case.behaviorClose) if how not in GOOD), "OK")


def _names(worst: Mapping[str, str], *wanted: str) -> tuple[str, ...]:
    return tuple(name for name, how in worst.items() if how in wanted)
