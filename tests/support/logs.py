"""Logs in tests: as cheap as in a service, and left as they were found."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Put both kinds of logging back as they were."""
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    yield
    structlog.configure(**configuration)
    root.handlers[:] = handlers
    root.setLevel(level)


def show_tracebacks_plainly() -> None:
    """Have errors logged as the services log them.

    structlog of itself draws every frame with its local variables, where `rich` is installed: on
    a busy machine that held up a whole process for seconds.
    """
    *before, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*before, plain])
