"""Tells web which models chats can choose from.

All workers keep one key up to date. Each writes only where it knows something else than what is
stored, and directly after the version that it has read, so that two do not undo each other's
change. Workers of one configuration agree; during an update the old and the new ones may take
turns for a minute.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from uuid import uuid4

from pydantic import ValidationError

from services.ai.provider.connection import Connection
from services.ai.provider.connections import Connections
from services.ai.settings import AiSettings
from services.shared.bus.connection import Bus
from services.shared.bus.errors import BusAwayError, OvertakenError
from services.shared.bus.messages import Catalogue, ListedConnection
from services.shared.bus.stored_messages import StoredMessage, read_last
from services.shared.bus.subjects import AI_MODELS, CATALOGUE_SUBJECT
from services.shared.process.logging import get_logger

CATALOGUE_BYTES: Final = 600_000
"""The names of all models together; a message of the bus has 1 MB."""
LOOK_SECONDS: Final = 60.0
SECOND_LOOK_SECONDS: Final = 12.0
"""After the start, when slow endpoints have listed what they have."""
DEMO: Final = "natter-demo"

log = get_logger("ai.catalogue")


@dataclass(frozen=True, slots=True)
class CataloguePublisher:
    """One worker's part in the catalogue."""

    bus: Bus
    connections: Connections
    settings: AiSettings

    async def run(self) -> None:
        """Publish what has changed, until cancelled."""
        await self.publish()
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        while True:
            await self.publish()
            await asyncio.sleep(LOOK_SECONDS)

    async def publish(self) -> None:
        """Publish the catalogue if it is another than the one that is stored."""
        try:
            stored = await read_last(self.bus, AI_MODELS, CATALOGUE_SUBJECT)
            known = _read(stored)
            catalogue = await self._look(known)
            if catalogue == known:
                return
            last = stored.sequence if stored else 0
            payload = catalogue.model_dump_json(exclude_defaults=True).encode()
            await self.bus.publish_after(last, CATALOGUE_SUBJECT, payload, uuid4().hex)
        except (BusAwayError, OvertakenError) as error:
            # Another worker has written meanwhile, or NATS is away: the next look will see.
            log.info("catalogue_not_published", error=repr(error))
        else:
            counts = {each.name: len(each.models) for each in catalogue.connections}
            log.info("catalogue_published", models=counts)

    async def _look(self, known: Catalogue | None) -> Catalogue:
        """Ask every endpoint, for two seconds; what is known of a silent one stays."""
        names = self.connections.names
        share = CATALOGUE_BYTES // len(names)
        before = {each.name: each for each in known.connections} if known else {}
        looks = (self._see(self.connections.get(name), before.get(name), share) for name in names)
        listed = await asyncio.gather(*looks)
        return Catalogue(default=self.settings.default, connections=tuple(listed))

    async def _see(
        self, connection: Connection, before: ListedConnection | None, share: int
    ) -> ListedConnection:
        listing = await connection.knowledge.listing.glance()
        settings = connection.settings
        named = settings.model or settings.deployment
        demo_url = self.settings.demo_url
        is_at_demo = demo_url is not None and settings.base_url == demo_url
        is_demo = listing.vendor == DEMO or is_at_demo
        if not listing.models and before is not None:
            default = named or before.default
            is_known = default is None or default in before.models
            return before if is_known else before.model_copy(update={"default": default})
        listed = dict.fromkeys([*([named] if named else ()), *(each.id for each in listing.models)])
        ids = [each for each in listed if connection.mask.name(each) == each]
        models = _fitting(ids, share)
        return ListedConnection(
            name=connection.name,
            models=models,
            default=next(iter(models), None),
            left_out=len(ids) - len(models),
            is_demo=is_demo,
        )


def _read(stored: StoredMessage | None) -> Catalogue | None:
    """Read what is stored; None where there is nothing, or nothing that this version can read."""
    if stored is None:
        return None
    try:
        return Catalogue.model_validate_json(stored.payload)
    except ValidationError:
        log.warning("catalogue_unread", size=len(stored.payload))
        return None


def _fitting(ids: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the first of `ids` whose JSON is not longer than `most` bytes."""
    names = list(ids)
    ends = accumulate(len(json.dumps(name, ensure_ascii=False).encode()) + 1 for name in names)
    return tuple(name for name, end in zip(names, ends, strict=True) if end <= most)
