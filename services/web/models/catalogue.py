"""Keeps what ai says about its connections and models, so that no page waits for it."""

import asyncio
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from services.shared.bus.connection import Bus
from services.shared.bus.errors import BusAwayError
from services.shared.bus.messages import Catalogue, ListedConnection
from services.shared.bus.stored_messages import read_last
from services.shared.bus.subjects import AI_MODELS, CATALOGUE_SUBJECT
from services.shared.process.logging import get_logger
from services.web.models.model import Choice

READ_SECONDS: Final = 15.0
FIRST_READ_SECONDS: Final = 0.5
"""Between reads while nothing is known: ai may start after web."""

log = get_logger("web.models")


@dataclass(slots=True)
class ModelCatalogue:
    """The catalogue as it was read last; None until there is one.

    It may be some seconds old, and an endpoint may have changed since: ai refuses what is gone.
    """

    bus: Bus
    known: Catalogue | None = None
    _is_logged: bool = False

    async def run(self) -> None:
        """Read the catalogue again and again, until cancelled."""
        while True:
            await self.read()
            await asyncio.sleep(READ_SECONDS if self.known else FIRST_READ_SECONDS)

    async def read(self) -> None:
        """Read the catalogue; what is known stays where it cannot be read."""
        try:
            stored = await read_last(self.bus, AI_MODELS, CATALOGUE_SUBJECT)
            if stored is not None:
                self.known = Catalogue.model_validate_json(stored.payload)
            self._is_logged = False
        except (BusAwayError, ValidationError) as error:
            if not self._is_logged:
                log.warning("catalogue_unread", error=type(error).__name__)
            self._is_logged = True

    @property
    def connections(self) -> tuple[ListedConnection, ...]:
        """The connections, in the order of ai's settings."""
        return self.known.connections if self.known else ()

    def connection(self, name: str | None) -> ListedConnection | None:
        """Find a connection, the default one for None."""
        wanted = name or (self.known.default if self.known else None)
        return next((each for each in self.connections if each.name == wanted), None)

    def has(self, choice: Choice) -> bool:
        """Return whether a choice can be sent: True where nothing is known."""
        return self.known is None or self.connection(choice.connection) is not None

    def read_choice(self, value: str) -> Choice:
        """Read `<connection>/<model>`; a connection's name may have a slash itself."""
        names = [each.name for each in self.connections if value.startswith(f"{each.name}/")]
        connection = max(names, key=len, default=value.partition("/")[0])
        return Choice(connection or None, value[len(connection) + 1 :] or None)
