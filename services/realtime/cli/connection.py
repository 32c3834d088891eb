"""A command's connection to NATS: one attempt, and its failure in words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import nats.errors
from pydantic import ValidationError

from services.realtime.cli.terminal import REFUSED, CommandError
from services.shared.bus.command_settings import BusAddress
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import PublishError
from services.shared.process.setting_files import SettingFileError

CONNECT_SECONDS = 5.0
SILENT = "no answer from NATS: is the stack running?"


def find_address(settings: type[BusAddress]) -> str:
    """Return the address that `settings` finds, or raise `CommandError`."""
    try:
        return settings.load().nats_url.get_secret_value()
    except SettingFileError as error:
        raise CommandError(str(error), REFUSED) from error
    except ValidationError as error:
        raise CommandError(
            f"NATS_URL is not set, and no `make run` wrote {settings.note} in .natter or"
            " NATTER_DATA_DIR",
            REFUSED,
        ) from error


@asynccontextmanager
async def connected(
    url: str, *, name: str, on_gap: Callable[[], None] = lambda: None
) -> AsyncIterator[Bus]:
    """Connect once; raise `CommandError` where that fails. A lost connection comes back."""
    async with AsyncExitStack() as stack:
        with _explained():
            async with asyncio.timeout(CONNECT_SECONDS):
                opening = open_bus(url, name=name, patient=False, on_gap=on_gap)
                bus = await stack.enter_async_context(opening)
        yield bus


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise CommandError(SILENT) from error
    except PublishError as error:
        raise CommandError(str(error)) from error
    except (nats.errors.Error, ValueError) as error:  # whose text may hold the password
        raise CommandError(
            "NATS_URL is no address such as nats://user:password@127.0.0.1:4222", REFUSED
        ) from error
