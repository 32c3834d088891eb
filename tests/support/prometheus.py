"""A real Prometheus over the services."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from deploy.local.ports import free_ports
from deploy.local.process import Child, Command, Watch
from tests.support.alerting import CONFIGURATION
from tests.support.http import http_client
from tests.support.packages import find_program
from tests.support.programs import MISSING
from tests.support.waiting import until
from tests.support.yaml_files import read_yaml


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus, by a client of its API."""

    client: httpx2.AsyncClient

    async def ask(self, path: str, **parameters: str) -> Any:  # whatever this part of the API gives
        """Return the data of an answer; fail with the reason where there is none."""
        answer = (await self.client.get(f"/api/v1/{path}", params=parameters)).json()
        assert answer["status"] == "success", f"{parameters}: {answer}"
        return answer["data"]

    async def query(self, expression: str) -> list[dict[str, str]]:
        """Return the labels of every series that `expression` gives now."""
        return [one["metric"] for one in (await self.ask("query", query=expression))["result"]]

    async def until_all_are_up(self, count: int) -> None:
        """Wait until so many targets have answered."""

        async def are_up() -> bool:
            return len(await self.query("up == 1")) == count

        await until(are_up)

    async def until_pending(self, alert: str, **labels: str) -> None:
        """Wait until an alert with these labels is pending or fires."""
        matchers = ", ".join(f'{name}="{value}"' for name, value in labels.items())

        async def is_active() -> bool:
            selector = f'ALERTS{{alertname="{alert}", {matchers}}}'
            return bool(await self.query(selector))

        await until(is_active)


@asynccontextmanager
async def running_prometheus(folder: Path, targets: Mapping[str, str]) -> AsyncIterator[Prometheus]:
    """Run one with the shipped configuration, but for where `targets` are, and every second."""
    program = find_program("prometheus")
    if program is None:
        pytest.fail(MISSING["prometheus"], pytrace=False)
    (port,) = free_ports(["127.0.0.1"])
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(_configuration(targets)))
    argv = (
        program,
        f"--config.file={path}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    child = Child(Command("prometheus", argv, {}, cwd=folder), Watch())
    try:
        async with http_client(f"http://127.0.0.1:{port}") as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get("/-/ready")).status_code == 200
                except httpx2.TransportError:
                    return False

            await until(is_ready)
            yield Prometheus(client)
    finally:
        child.stop()


def _configuration(targets: Mapping[str, str]) -> dict[str, Any]:
    """Take what is shipped, with addresses in place of the names that only compose knows."""
    shipped = deepcopy(read_yaml(CONFIGURATION))
    shipped["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    shipped["rule_files"] = [str(CONFIGURATION.parent / name) for name in shipped["rule_files"]]
    for job in shipped["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
    return dict(shipped)
