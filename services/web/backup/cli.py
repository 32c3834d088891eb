"""`python -m services.web snapshot`, `verify`, `restore` and `requeue`: backups of the bus.

They write messages to standard error, because standard output holds the backup.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, redirect_stdout
from typing import Final

import nats.errors

from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.snapshots.protocol import SnapshotError
from services.shared.bus.stream_management import ReplicasError, declare_when_ready
from services.shared.highlighting.highlighter import Highlighter
from services.shared.highlighting.metrics import HighlightingMetrics
from services.shared.process.logging import configure_logging, get_logger
from services.web.backup.archive import ArchiveError
from services.web.backup.bus import OccupiedError, restore_bus, snapshot_bus, verify_archive
from services.web.backup.queues import align_queues
from services.web.db.migrate import newest_version
from services.web.db.pool import open_pool
from services.web.errors import DatabaseAwayError
from services.web.rendering.templates import Templates
from services.web.rendering.texts import RenderedTexts
from services.web.settings import WebSettings

STANDARD_OUTPUT: Final = 1
CONNECT_SECONDS: Final = 30.0

FAULTS: Final = (
    ArchiveError,
    BusAwayError,
    OccupiedError,
    OSError,
    ReplicasError,
    SnapshotError,
)

log = get_logger("web.backup")


def snapshot(settings: WebSettings) -> None:
    """Write a backup of the bus to standard output, or end the process with a sentence."""
    if sys.stdout.isatty():
        sys.exit("standard output is a terminal: write the backup to a file")
    _run(settings, _snapshot(settings))


def verify(settings: WebSettings) -> None:
    """Check a backup on standard input, or end the process with a sentence."""
    _run(settings, _verify())


def restore(settings: WebSettings, *, replace: bool) -> None:
    """Restore the bus from a backup on standard input, or end the process with a sentence."""
    if sys.stdin.isatty():
        sys.exit("standard input is a terminal: read the backup from a file")
    _run(settings, _restore(settings, replace=replace))


def requeue(settings: WebSettings) -> None:
    """Align the queues with the database, or end the process with a sentence."""
    _run(settings, _requeue(settings))


async def _snapshot(settings: WebSettings) -> None:
    with os.fdopen(os.dup(STANDARD_OUTPUT), "wb") as target:
        async with _bus(settings) as bus:
            await snapshot_bus(bus, target, schema_version=newest_version())


async def _verify() -> None:
    await asyncio.to_thread(verify_archive, sys.stdin.buffer, schema_version=newest_version())


async def _restore(settings: WebSettings, *, replace: bool) -> None:
    async with _bus(settings) as bus:
        await restore_bus(
            bus,
            sys.stdin.buffer,
            schema_version=newest_version(),
            replace=replace,
            replicas=settings.stream_replicas,
        )


async def _requeue(settings: WebSettings) -> None:
    texts = RenderedTexts(Highlighter(HighlightingMetrics()))
    templates = Templates(texts, demo=settings.demo, base_path=settings.base_path)
    async with (
        open_pool(settings.database_url.get_secret_value(), size=1) as pool,
        _bus(settings) as bus,
    ):
        await declare_when_ready(bus.jetstream, settings.stream_replicas)
        done = await align_queues(pool, bus, templates)
    log.info("requeued", kept=done.kept, dropped=done.dropped, published=done.published)


@asynccontextmanager
async def _bus(settings: WebSettings) -> AsyncIterator[Bus]:
    """Connect once, without retries."""
    url = settings.nats_url.get_secret_value()
    try:
        async with asyncio.timeout(CONNECT_SECONDS) as connecting:
            async with open_bus(url, name="natter-backup", patient=False) as bus:
                connecting.reschedule(None)
                yield bus
    except TimeoutError as error:
        raise BusAwayError("no answer from NATS: is it running?") from error
    except (nats.errors.Error, ValueError) as error:  # whose text may hold the password
        raise BusAwayError(f"NATS cannot be used ({type(error).__name__})") from error


def _run(settings: WebSettings, doing: Coroutine[None, None, None]) -> None:
    """Run to the end; SIGTERM cancels like Ctrl+C, so that nothing is left half done."""
    with redirect_stdout(sys.stderr):
        configure_logging(settings.log_level, settings.log_format)
        try:
            asyncio.run(_ended_by_sigterm(doing))
        except DatabaseAwayError:
            sys.exit("The database does not answer.")
        except FAULTS as error:
            sys.exit(f"{error}.")
        except (KeyboardInterrupt, asyncio.CancelledError):
            sys.exit("It was ended before it was done.")


async def _ended_by_sigterm(doing: Coroutine[None, None, None]) -> None:
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await doing
