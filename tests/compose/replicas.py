"""Replicas of a service: what they say of themselves, their end by force, and their successors."""

import asyncio
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from tests.compose.engine import CommandError, run
from tests.compose.project import Project, inspected
from tests.support.waiting import until

PORTS: Final = {"web": 8000, "realtime": 8001, "ai": 8002, "demo": 8003}
# -1: every process but this container's first, which then ends with their status.
_KILL: Final = "kill -9 -1"
_FETCH: Final = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"


def inside(container: str, *command: str) -> str:
    """Run a command in a container and return what it wrote."""
    return run("docker", "exec", container, *command)


def kill(container: str) -> None:
    """Kill the processes of a container (SIGKILL), so that its restart policy is what decides.

    Not `docker kill`: after that one the engine takes the container for stopped by hand.
    """
    before = restarts(container)
    try:
        inside(container, "sh", "-c", _KILL)
    except CommandError:
        # The command may end with what it killed.
        if restarts(container) == before and _is_running(container):
            raise


def restarts(container: str) -> int:
    """Return how often the engine has started a container again by itself."""
    return int(run("docker", "inspect", "--format", "{{.RestartCount}}", container))


def is_healthy(container: str) -> bool:
    """Return whether a container runs and its health check says that it is well."""
    state = inspected(container)["State"]
    assert isinstance(state, dict)
    return bool(state["Running"] and state["Health"]["Status"] == "healthy")


async def until_healthy(*containers: str) -> None:
    """Wait until all of these are well."""

    async def are_healthy() -> bool:
        states = [await asyncio.to_thread(is_healthy, each) for each in containers]
        return all(states)

    await until(are_healthy)


async def until_restarted(container: str, before: int) -> None:
    """Wait until the engine has brought a container back, and it is well."""

    async def is_back() -> bool:
        return await asyncio.to_thread(restarts, container) > before

    await until(is_back)
    await until_healthy(container)


def metric(container: str, service: str, name: str, **labels: str) -> float:
    """Read one value of a container's `/metrics`; 0 where nothing was counted yet."""
    page = f"http://127.0.0.1:{PORTS[service]}/metrics"
    text = inside(container, "python", "-c", _FETCH, page)
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def replace_one_by_one(project: Project, service: str, tag: str) -> None:
    """Put containers of another image in the place of a service's, each once its successor is well.

    As an operator does who wants no gap: twice as many for a moment, then without the old ones.
    """
    old = project.containers(service)
    project.tag = tag
    await asyncio.to_thread(project.scale, **{service: 2 * len(old)})
    for container in old:
        await asyncio.to_thread(run, "docker", "stop", container)
        await asyncio.to_thread(run, "docker", "rm", container)


def _is_running(container: str) -> bool:
    return run("docker", "inspect", "--format", "{{.State.Running}}", container).strip() == "true"
