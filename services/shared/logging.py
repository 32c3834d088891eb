"""Structured logs: events named in snake case, for people or for machines."""

import logging
import sys

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from services.shared.settings import LogFormat, LogLevel

type Logger = FilteringBoundLogger


def configure_logging(level: LogLevel, log_format: LogFormat) -> None:
    """Send this process's logs, its libraries' included, to standard output."""
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
    """Return the logger of one part of a service, `web.relay` for example."""
    logger: Logger = structlog.get_logger(part=name)
    return logger


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _rendered(log_format: LogFormat) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(),
            pad_event_to=0,
            # The pretty one prints local variables, and with them whatever is secret.
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]
