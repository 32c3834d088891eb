"""A real Prometheus with the shipped rules and panels scrapes the services, and notices faults."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.observability.exercised import exercised
from tests.support.alerting import CONFIGURATION, alerts, panels
from tests.support.outages import Outage
from tests.support.packages import find_program
from tests.support.programs import MISSING
from tests.support.prometheus import Prometheus, running_prometheus
from tests.support.waiting import until


def test_promtool_finds_no_fault_in_configuration_and_rules() -> None:
    program = find_program("promtool")
    if program is None:
        pytest.fail(MISSING["prometheus"], pytrace=False)
    command = [program, "check", "config", str(CONFIGURATION)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(alerts())} rules found" in done.stdout


async def test_rules_and_panels_are_understood_and_faults_are_noticed(
    database_url: str, demo_url: str, outage: Outage, tmp_path: Path
) -> None:
    async with (
        exercised(database_url, demo_url, outage) as services,
        running_prometheus(tmp_path, services.addresses) as prometheus,
    ):
        await prometheus.until_all_are_up(len(services.addresses))
        shown = panels()
        (faults,) = shown.pop("Alerts")
        for expressions in shown.values():
            for expression in expressions:
                await _until_shown(prometheus, expression)
        await _check_rules(prometheus)
        assert await prometheus.query(faults) == []

        outage.begin()
        for job in services.addresses:
            await prometheus.until_pending("BusDisconnected", job=job)
        outage.end()
        await services.gateway.aclose()
        await prometheus.until_pending("ServiceDown", job="realtime")
        assert await prometheus.query(faults)


async def _until_shown(prometheus: Prometheus, expression: str) -> None:
    """Wait until a panel shows something; rates need two scrapes."""

    async def is_shown() -> bool:
        return bool(await prometheus.query(expression))

    await until(is_shown)


async def _check_rules(prometheus: Prometheus) -> None:
    """Every rule is evaluated without an error, and none fires."""
    rules = [rule for group in (await prometheus.ask("rules"))["groups"] for rule in group["rules"]]
    assert sorted(rule["name"] for rule in rules) == sorted(alert.name for alert in alerts())

    async def are_evaluated() -> bool:
        groups = (await prometheus.ask("rules"))["groups"]
        return all(rule["health"] == "ok" for group in groups for rule in group["rules"])

    await until(are_evaluated)
    active = await prometheus.query("ALERTS")
    assert [labels["alertname"] for labels in active] == []
