"""A command's connection to NATS: its address, one attempt to connect, and failures in words."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final

import nats.errors
from pydantic import ValidationError

from services.shared.bus.command_settings import BusAddress
from services.shared.bus.connection import Bus, open_bus
from services.shared.bus.errors import PublishError
from services.shared.process.command_line import REFUSED, CommandError
from services.shared.process.setting_files import SettingFileError

CONNECT_SECONDS: Final = 5.0
SILENT: Final = "no answer from NATS: is the stack running?"
NO_ADDRESS: Final = "NATS_URL is no address such as nats://user:password@127.0.0.1:4222"


@asynccontextmanager
async def connected(
    settings: type[BusAddress], *, name: str, on_gap: Callable[[], None] = lambda: None
) -> AsyncIterator[Bus]:
    """Connect once, to the address that `settings` finds; raise `CommandError` if that fails.

    A connection that is lost later is opened again.
    """
    url = _find_address(settings)
    async with AsyncExitStack() as stack:
        with _explained():
            async with asyncio.timeout(CONNECT_SECONDS):
                opening = open_bus(url, name=name, patient=False, on_gap=on_gap)
                bus = await stack.enter_async_context(opening)
        yield bus


def _find_address(settings: type[BusAddress]) -> str:
    try:
        return settings.load().nats_url.get_secret_value()
    except SettingFileError as error:
        raise CommandError(str(error), REFUSED) from error
    except ValidationError as error:
        raise CommandError(
            f"NATS_URL is not set, and no `make run` wrote {settings.file_name} in .natter or"
            " NATTER_DATA_DIR",
            REFUSED,
        ) from error


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise CommandError(SILENT) from error
    except PublishError as error:
        raise CommandError(str(error)) from error
    except (nats.errors.Error, ValueError) as error:  # whose text may hold the password
        raise CommandError(NO_ADDRESS, REFUSED) from error
