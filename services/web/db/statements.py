"""Spans of statements, by asyncpg's own query logger.

OpenTelemetry's instrumentation of asyncpg is not used: it records exceptions with their text, in
which PostgreSQL quotes rows (`DETAIL: Failing row contains ...`). A statement's text is one of this
package's constants; its values stand beside it and are passed over.
"""

from typing import Any

import asyncpg
from asyncpg.connection import LoggedQuery

from services.shared.process.tracing.spans import are_made, note_span


def trace_statements(db: "asyncpg.Connection[Any]") -> None:
    """Make a span of each statement that is executed on a connection from now on, within a trace.

    asyncpg tells of it in the context of whoever executed it.
    """
    if are_made():
        db.add_query_logger(_note)


def _note(logged: LoggedQuery) -> None:
    text = " ".join(logged.query.split())
    fault = logged.exception
    note_span(
        text.partition(" ")[0] or "statement",
        {"db.system.name": "postgresql", "db.query.text": text},
        seconds=logged.elapsed,
        error=type(fault).__name__ if fault else None,
    )
