"""Alert rules, dashboards and the README name metrics and labels that the services have."""

import re
from collections import defaultdict
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.observability.exercised import exercised
from tests.support.alerting import OF_THE_TARGET, expressions, grouped_by, named_in
from tests.support.http import http_client
from tests.support.outages import Outage

README = Path(__file__).parents[3] / "README.md"

type Told = dict[str, dict[str, set[str]]]
"""The labels of each series, and the values of each label."""


async def told_by(address: str) -> Told:
    """Scrape a service."""
    told: Told = defaultdict(lambda: defaultdict(set))
    async with http_client() as client:
        text = (await client.get(f"http://{address}/metrics")).text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = told[sample.name]
            for name, value in sample.labels.items():
                labels[name].add(value)
    return told


def mistakes_in(expression: str, told: Told) -> list[str]:
    """List what an expression names that no service has."""
    found = []
    kept: set[str] = set(OF_THE_TARGET)
    for named in named_in(expression):
        if named.metric not in told:
            found.append(f"no metric {named.metric}")
            continue
        labels = told[named.metric]
        kept.update(labels)
        unknown = named.labels.keys() - labels.keys() - OF_THE_TARGET
        found += [f"no label {label} of {named.metric}" for label in sorted(unknown)]
    found += [f"nothing has the label {label}" for label in grouped_by(expression) - kept]
    return found


async def test_rules_dashboards_and_readme_name_what_the_services_have(
    database_url: str, demo_url: str, outage: Outage
) -> None:
    async with exercised(database_url, demo_url, outage) as services:
        scraped = {name: await told_by(address) for name, address in services.addresses.items()}
    told: Told = {"up": {}, "ALERTS": {}}
    for of_it in scraped.values():
        for name, labels in of_it.items():
            told.setdefault(name, {}).update(labels)
    mistakes = {
        expression: found
        for expression in expressions()
        if (found := mistakes_in(expression, told))
    }
    assert mistakes == {}
    _check_values(told)
    for part in ("web", "ai"):
        _check_readme(part, scraped[part])


def _check_values(told: Told) -> None:
    """Label values that rules name exist from the start."""
    for label in ("state", "outcome", "cause"):
        for expression in expressions():
            for named in named_in(expression):
                asked = set(named.labels.get(label, "").split("|")) - {""}
                assert asked <= told[named.metric].get(label, set()), (named, label)


def test_a_mistake_is_found() -> None:
    told: Told = {"up": {}, "natter_x_bucket": {"le": {"1"}, "route": {"/"}}}
    assert mistakes_in("rate(natter_x_buckets[5m])", told) == ["no metric natter_x_buckets"]
    assert mistakes_in('natter_x_bucket{path="/"}', told) == ["no label path of natter_x_bucket"]
    assert mistakes_in("sum by (path) (natter_x_bucket)", told) == ["nothing has the label path"]
    assert mistakes_in('sum by (le, job) (natter_x_bucket{route="/"}) > 0', told) == []


def _check_readme(part: str, told: Told) -> None:
    """The README lists every metric of this service, with its labels."""
    prefix = f"natter_{part}_"
    known = {
        re.sub("_count$", "", name).removeprefix(prefix): set(labels)
        for name, labels in told.items()
        if name.startswith(prefix) and not name.endswith(("_bucket", "_sum", "_created"))
    }
    assert listed_of(prefix) == known


def listed_of(prefix: str) -> dict[str, set[str]]:
    """Return the metrics of the README's table, with their labels."""
    table = README.read_text().partition(f"| Metric, after `{prefix}`")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    found = re.findall(r"`([a-z_]+)(?:\{([\w, ]+)\})?`", " ".join(rows))
    return {name: set(filter(None, labels.split(", "))) for name, labels in found}
