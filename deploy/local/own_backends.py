"""Tries the user's own PostgreSQL and NATS before anything is started."""

import asyncio

from deploy.local.inherited import masked
from deploy.local.own_nats import find_fault_of_nats
from deploy.local.process import StartError
from deploy.local.settings import LocalSettings
from services.shared.process.settings import given_variable
from services.web.db.database_check import find_fault_of_database


def check_own_backends(settings: LocalSettings) -> None:
    """Raise StartError with the missing rights and faults; changes nothing in either."""
    faults = asyncio.run(_find_faults(settings))
    if faults:
        raise StartError("\n".join(faults))


async def _find_faults(settings: LocalSettings) -> list[str]:
    faults = []
    for name, address, find_fault, remedy in (
        ("DATABASE_URL", settings.database_url, find_fault_of_database, "a PostgreSQL"),
        ("NATS_URL", settings.nats_url, find_fault_of_nats, "a NATS"),
    ):
        if address is None:
            continue
        url = address.get_secret_value()
        given = given_variable(LocalSettings, name.lower())
        source = "the environment" if given == name else given
        if (fault := await find_fault(url)) is not None:
            faults.append(
                f"{name}={masked(name, url)}, taken from {source}: {fault}.\n"
                f"  Mend that, or have {remedy} started for you: unset {given.partition(' ')[0]}"
            )
    return faults
