"""Three pods of NATS form one cluster by what their manifest says, and keep three copies."""

import httpx2

from tests.kubernetes.conftest import NODES
from tests.kubernetes.played import Played
from tests.kubernetes.probing import until_ended, until_probed, url_of
from tests.support.waiting import until

STREAMS = {
    "AI_JOBS",
    "AI_PARKED",
    "AI_RESULTS",
    "AI_SUSPECTS",
    "AI_TEXT",
    "CONTROL",
    "KV_ai_models",
    "KV_ai_stops",
    "TURBO_STREAM",
}


async def test_they_find_each_other(cluster: Played) -> None:
    async with httpx2.AsyncClient() as http:

        async def have_a_leader() -> set[str]:
            meta = [
                (await http.get(f"{url_of(cluster, name, 'monitor')}/jsz")).json()["meta_cluster"]
                for name in NODES
            ]
            return {one.get("leader", "") for one in meta if one["cluster_size"] == len(NODES)}

        async def agree() -> bool:
            leaders = await have_a_leader()
            return len(leaders) == 1 and leaders <= set(NODES)

        await until(agree)
        for name in NODES:
            routes = (await http.get(f"{url_of(cluster, name, 'monitor')}/routez")).json()["routes"]
            assert {one["remote_name"] for one in routes} == set(NODES) - {name}


async def test_each_stream_has_three_copies(cluster: Played) -> None:
    cluster.play("postgres")
    until_probed(cluster, "postgres")
    cluster.play("migrate")
    until_ended(cluster, "migrate")
    cluster.play("web")
    until_probed(cluster, "web")
    async with httpx2.AsyncClient() as http:
        url = f"{url_of(cluster, 'nats-0', 'monitor')}/jsz"

        async def copies() -> dict[str, int]:
            said = (await http.get(url, params={"streams": "true", "config": "true"})).json()
            streams = said["account_details"][0]["stream_detail"]
            return {one["name"]: one["config"]["num_replicas"] for one in streams}

        async def are_declared() -> bool:
            return set(await copies()) >= STREAMS

        await until(are_declared)
        assert set((await copies()).values()) == {len(NODES)}
