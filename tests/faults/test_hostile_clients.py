"""Hostile clients: the others notice nothing, and the memory they cost comes back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults import attacks
from tests.faults.stage import Stage
from tests.faults.visitors import groups, visitors
from tests.support.figures import show
from tests.support.gateways import Gateway
from tests.support.sockets import until_measured

GROUPS = groups(20)
GROUP = GROUPS[0]
EVERY_SECONDS = 0.1
MOST_GROWTH = 30
"""Megabytes; what Python has freed it does not always give back."""


@asynccontextmanager
async def undisturbed(stage: Stage, attack: str) -> AsyncIterator[Gateway]:
    """Run the body beside pages that must miss nothing; afterwards nothing of it may be left."""
    # All hostile clients come from one address.
    settings = {"max_sockets_per_address": 1000}
    async with (
        stage.gateway(settings) as gateway,
        stage.audience(visitors(GROUPS, 5)) as clients,
        stage.publisher.load(GROUPS, every=EVERY_SECONDS) as load,
    ):
        await load.more(100)
        before = gateway.memory()
        yield gateway
        await load.more(100)
        await until_measured(gateway.address, "natter_realtime_sockets", len(clients))
        after = gateway.memory()
        await stage.pages.settle_after(load)
        memory = f"{before:.0f} MB before, {after:.0f} MB after"
        stage.pages.report(attack, memory=memory)
        assert after - before < MOST_GROWTH
        assert not any(client.endings for client in clients)


async def test_a_flood_of_pings_disturbs_nobody(stage: Stage) -> None:
    async with undisturbed(stage, "20 x 20,000 pings, answers unread") as gateway:
        await attacks.flood_with_pings(gateway.address, GROUP, sockets=20, pings=20_000)


async def test_garbage_before_during_and_after_the_upgrade_disturbs_nobody(stage: Stage) -> None:
    async with undisturbed(stage, "garbage over 600 connections") as gateway:
        openings = attacks.nonsense(400, gateway.address, GROUP)
        show(f"garbage answered: {dict(await attacks.talk_at_the_door(gateway.address, openings))}")
        await attacks.say_garbage(gateway.address, GROUP, sockets=200)


async def test_headers_of_a_megabyte_are_refused_and_disturb_nobody(stage: Stage) -> None:
    async with undisturbed(stage, "100 handshakes with a header of 1 MB") as gateway:
        openings = attacks.bloated(100, gateway.address, GROUP)
        ends = await attacks.talk_at_the_door(gateway.address, openings)
        assert set(ends) <= {"431", "400", "hung up"}, ends


async def test_two_thousand_forged_tokens_are_refused_and_disturb_nobody(stage: Stage) -> None:
    async with undisturbed(stage, "2,000 forged tokens") as gateway:
        statuses = await attacks.knock_with_forged_tokens(gateway.address, GROUP, 2000)
        assert statuses == {401: 2000}
