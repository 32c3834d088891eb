"""What a run has measured, for the table at its end."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Figures:
    """Rows of what was done, and what came of it."""

    rows: list[tuple[str, str]] = field(default_factory=list)

    def note(self, what: str, found: str) -> None:
        """Add a row."""
        self.rows.append((what, found))

    def lines(self) -> list[str]:
        """Write the table."""
        width = max((len(what) for what, _ in self.rows), default=0)
        return [f"{what:<{width}}  {found}" for what, found in self.rows]
