"""The metrics of highlighting."""

from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge

Outcome = Literal["coloured", "plain", "too_costly", "late", "rested"]


class HighlightingMetrics:
    """Counts results, and shows whether the process runs."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self._outcomes = Counter(
            "natter_code_highlighted",
            "Code blocks by result: coloured; plain (the lexer failed); too_costly (above the limit"
            " of CPU time); late; rested (their language is paused after missed deadlines).",
            ["outcome"],
            registry=registry,
        )
        # Start at zero, so that the first event shows as an increase.
        for outcome in get_args(Outcome):
            self._outcomes.labels(outcome=outcome)
        self.running = Gauge(
            "natter_highlighting_process", "1 while the process runs.", registry=registry
        )

    def count(self, outcome: Outcome) -> None:
        """Count one code block."""
        self._outcomes.labels(outcome=outcome).inc()
