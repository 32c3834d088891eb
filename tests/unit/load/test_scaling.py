"""The simulation's own rules: moments, pages that come back, gateways that come and go."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from services.realtime.close_codes import ROTATED, draining
from services.realtime.listeners.heartbeat import EARLIEST_ROTATION
from tests.load.scaling import manifests
from tests.load.scaling.agenda import Agenda
from tests.load.scaling.autoscaler import DEFAULT_UP, Policy, Target
from tests.load.scaling.balancers import AtRandom, LeastConnections
from tests.load.scaling.cluster import NOTICED_SECONDS, STARTING_SECONDS, Cluster, unevenness
from tests.load.scaling.manifests import Times
from tests.load.scaling.plan import Costs, Plan, beside, cluster_of, costs_in
from tests.load.scaling.queue import Queue
from tests.load.scaling.rows import rows
from tests.load.scaling.scenarios import changed, lose_oldest, remove_newest, scale_up
from tests.support.clock_loop import clock_loop, run_by_clock

TARGET = Target(each=100, least=1, most=20)
TIMES = Times(settling=5, leaving=5, draining=10, rotation=900)
PLAN = Plan(1_000, TARGET, TIMES, AtRandom, Costs(handshake=1e-4, token=1e-3))


def test_events_are_called_in_order_each_at_its_own_moment() -> None:
    called: list[float] = []

    async def run() -> None:
        agenda = Agenda()

        def event() -> None:
            called.append(agenda.now)
            if len(called) == 2:
                agenda.at(agenda.now + 0.001, event)

        for moment in (0.31, 0.1, 0.302):
            agenda.at(moment, event)
        async with beside(agenda.run()):
            await asyncio.sleep(1)

    run_by_clock(run())
    assert called == [0.1, 0.302, pytest.approx(0.303), 0.31]


def test_a_fault_in_an_event_ends_the_simulation() -> None:
    async def run() -> None:
        def fail() -> None:
            raise LookupError

        agenda = Agenda()
        agenda.at(0.1, fail)
        async with beside(agenda.run()):
            await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup):
        run_by_clock(run())


def test_work_waits_for_the_work_before_it() -> None:
    queue = Queue(0.5)
    assert [queue.serve(now) for now in (1, 1, 1.2, 9)] == [1.5, 2, 2.5, 9.5]


def test_rotated_pages_are_back_within_the_pause_of_the_browsers_element() -> None:
    async def run(cluster: Cluster) -> None:
        (page, *_) = cluster.gateways[0].pages
        page.end(ROTATED)
        await asyncio.sleep(1)
        (back,) = [each for each in cluster.world.returns if each.at < 1]
        assert back.code == ROTATED.code
        assert 0 < back.absent <= 0.3 + PLAN.costs.token + PLAN.costs.handshake

    _play(PLAN, 2, run)


def test_a_page_waits_for_the_hint_of_a_drain() -> None:
    async def run(cluster: Cluster) -> None:
        (page, *_) = cluster.gateways[0].pages
        page.end(draining(800))
        await asyncio.sleep(2)
        back = min(cluster.world.returns, key=lambda each: each.at)
        assert 0.8 <= back.absent <= 1.2

    _play(PLAN, 2, run)


def test_every_page_is_rotated_in_its_time() -> None:
    async def run(cluster: Cluster) -> None:
        seats = {page for each in cluster.gateways for page in each.pages}
        await asyncio.sleep(TIMES.rotation * EARLIEST_ROTATION)
        half = len(cluster.world.returns)
        await asyncio.sleep(TIMES.rotation)
        assert 0 < half < len(cluster.world.returns)
        assert len(cluster.world.returns) >= len(seats)
        assert len(seats) - 10 < sum(cluster.sockets) <= len(seats)

    _play(PLAN, 2, run)


def test_nobody_is_rotated_where_that_is_never() -> None:
    async def run(cluster: Cluster) -> None:
        await asyncio.sleep(2_000)
        assert not cluster.world.returns

    _play(_never(), 2, run)


def test_a_removed_gateway_gets_nobody_any_more_before_it_sends_all_away() -> None:
    async def run(cluster: Cluster) -> None:
        leaver = cluster.gateways[-1]
        held = len(leaver.pages)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(cluster.remove(leaver))
            await asyncio.sleep(NOTICED_SECONDS + 0.1)
            assert leaver not in cluster.gateways
            assert len(leaver.pages) == held
        assert clock_loop().now <= TIMES.leaving + TIMES.draining + 0.1
        assert not leaver.pages
        assert not leaver.lets_in
        await asyncio.sleep(2)
        assert sum(cluster.sockets) == PLAN.sockets

    _play(_never(), 3, run)


def test_a_killed_gateway_is_tried_until_it_is_noticed_and_comes_back_empty() -> None:
    async def run(cluster: Cluster) -> None:
        victim = cluster.gateways[0]
        held = len(victim.pages)
        await cluster.kill(victim)
        assert clock_loop().now == pytest.approx(NOTICED_SECONDS + STARTING_SECONDS)
        assert len(cluster.world.returns) == held
        # Some were sent to the dead one first, and had to wait once more.
        assert max(each.absent for each in cluster.world.returns) > 0.6
        assert cluster.sockets[-1] == 0

    _play(_never(), 3, run)


def test_a_rollout_leaves_new_gateways_and_every_socket() -> None:
    async def run(cluster: Cluster) -> None:
        before = set(cluster.gateways)
        await cluster.replace_each()
        await asyncio.sleep(5)
        assert len(cluster.gateways) == 3
        assert not before & set(cluster.gateways)
        assert sum(cluster.sockets) == PLAN.sockets

    _play(_never(), 3, run)


def test_fewest_connections_fill_a_new_gateway_first() -> None:
    spread = {
        balancer: run_by_clock(scale_up(replace(PLAN, balancer=balancer)))["spread_5"]
        for balancer in (AtRandom, LeastConnections)
    }
    assert spread[LeastConnections] < spread[AtRandom]


def test_rotation_alone_makes_gateways_even_again() -> None:
    kept, rotated = (run_by_clock(scale_up(plan)) for plan in (_never(), PLAN))
    assert "even_after" not in kept
    assert kept["spread_1"] == kept["spread_20"] == 1.25
    assert rotated["spread_15"] < kept["spread_15"]


def test_the_same_seed_gives_the_same_figures() -> None:
    first, again = (
        run_by_clock(changed(PLAN, 4, lose_oldest, "lost"))
        | run_by_clock(changed(PLAN, 4, remove_newest, "down"))
        for _ in range(2)
    )
    assert first == again
    assert {*first} <= {row.key.removeprefix("10k_") for row in rows()}


def test_unevenness_is_the_fullest_over_the_mean() -> None:
    assert unevenness([30, 10, 20]) == 1.5


def test_measured_costs_take_the_place_of_those_seen_before() -> None:
    measured = costs_in({"handshakes": 5_000, "token_web": 2})
    assert (measured.handshake, measured.token) == (0.0002, 0.002)
    assert costs_in({}).handshake < measured.handshake


def test_the_manifests_tell_how_gateways_are_scaled() -> None:
    target, times = manifests.target(), manifests.times()
    assert target.least >= 2
    assert target.each <= 50_000  # NATTER_REALTIME_MAX_SOCKETS
    assert target.down.stabilization_seconds > 300
    assert times.leaving > NOTICED_SECONDS


def test_what_a_manifest_leaves_out_is_kubernetes_own() -> None:
    assert manifests.rules(None, DEFAULT_UP) == DEFAULT_UP
    written = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}]}
    read = manifests.rules(written, DEFAULT_UP)
    assert read.policies == (Policy("Pods", 1, 120),)
    assert read.stabilization_seconds == DEFAULT_UP.stabilization_seconds


def _never() -> Plan:
    return replace(PLAN, times=replace(TIMES, rotation=float("inf")))


def _play(plan: Plan, replicas: int, body: Callable[[Cluster], Awaitable[None]]) -> None:
    async def run() -> None:
        async with cluster_of(plan, replicas) as cluster:
            await body(cluster)

    run_by_clock(run())
