"""Structured logs: events named in snake case, for people or for machines."""

import io
import json
import logging
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from services.shared.process.settings import LogFormat, LogLevel
from services.shared.process.terminal import open_closed_streams, printable
from services.shared.process.tracing.context import trace_id

type Logger = FilteringBoundLogger

# The fields that have several lines.
TRACES: Final = frozenset({"exception", "stack"})


def configure_logging(level: LogLevel, log_format: LogFormat) -> None:
    """Send this process's logs, its libraries' included, to standard output."""
    open_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A character that the encoding lacks is written as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_common(), *_rendered(log_format)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendered(log_format),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def get_logger(name: str) -> Logger:
    """Return the logger of one part of a service, such as `web.relay`."""
    logger: Logger = structlog.get_logger(part=name)
    return logger


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _add_trace_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _add_trace_id(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Add the current trace's id to a line that has none."""
    if "trace_id" not in event and (current := trace_id()) is not None:
        event["trace_id"] = current
    return event


def _rendered(log_format: LogFormat) -> list[Processor]:
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_to_json)
        return [structlog.processors.format_exc_info, renderer]
    return [
        # The pretty formatter prints local variables, secrets included.
        structlog.processors.format_exc_info,
        _escape,
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(),
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]


def _to_json(event: EventDict, **options: Any) -> str:
    """Write JSON in ASCII without control characters; JSON itself allows DEL (RFC 8259, 7)."""
    return json.dumps(event, **options).replace("\x7f", "\\u007f")


def _escape(_logger: object, _name: str, event: EventDict) -> EventDict:
    """Escape characters that could steer a terminal, and texts that look like a line of the log.

    A traceback keeps its lines. They are indented, since an exception's message may contain lines
    that look like events: every line without indentation is an event.
    """
    return {
        printable(key): _indented(value) if key in TRACES else _escaped(value)
        for key, value in event.items()
    }


def _indented(trace: str) -> str:
    return "\n".join(f"  {printable(line)}" for line in trace.split("\n"))


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return printable(value)
    shown = repr(value)
    return value if shown.isprintable() else printable(shown)
