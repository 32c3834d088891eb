"""Makes spans of SQL statements, from asyncpg's query logger.

OpenTelemetry's instrumentation of asyncpg is not used: it records the text of exceptions, in which
PostgreSQL quotes rows (`DETAIL: Failing row contains ...`). A statement's text is one of this
package's constants; its values are separate and are not recorded.
"""

from typing import Any

import asyncpg
from asyncpg.connection import LoggedQuery

from services.shared.process.tracing.spans import is_tracing, note_span


def trace_statements(db: "asyncpg.Connection[Any]") -> None:
    """Make a span of each statement on a connection from now on, if it is within a trace.

    asyncpg calls the logger in the context of the statement's caller.
    """
    if is_tracing():
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
