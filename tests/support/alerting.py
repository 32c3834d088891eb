"""The shipped alert rules and dashboard: what they ask Prometheus, and which metrics they name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import promql_parser

from tests.support.printed import ROOT
from tests.support.yaml_files import read_yaml

FOLDER: Final = ROOT / "deploy" / "observability"
CONFIGURATION: Final = FOLDER / "prometheus.yml"
RULES: Final = FOLDER / "alerts.yml"
DASHBOARD: Final = FOLDER / "grafana" / "dashboards" / "natter.json"

OF_THE_TARGET: Final = frozenset({"job", "instance"})
"""Labels that Prometheus itself gives to every series."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule."""

    name: str
    expression: str
    waits: str
    severity: str
    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class Named:
    """A metric that an expression names, with the labels and values that it asks for."""

    metric: str
    labels: dict[str, str]


def alerts() -> list[Alert]:
    """Return every rule, in order."""
    return [
        Alert(
            name=rule["alert"],
            expression=rule["expr"],
            waits=rule["for"],
            severity=rule["labels"]["severity"],
            **rule["annotations"],
        )
        for group in read_yaml(RULES)["groups"]
        for rule in group["rules"]
    ]


def panels() -> dict[str, list[str]]:
    """Return what each panel of the dashboard asks, as Grafana would write it."""
    shown = json.loads(DASHBOARD.read_text())["panels"]
    return {
        panel["title"]: [_written(target["expr"]) for target in panel["targets"]]
        for panel in shown
        if "targets" in panel
    }


def expressions() -> Iterator[str]:
    """Yield whatever is asked of Prometheus."""
    yield from (alert.expression for alert in alerts())
    for asked in panels().values():
        yield from asked


def named_in(expression: str) -> list[Named]:
    """Return the metrics that an expression names."""
    found: list[Named] = []

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            labels = {one.name: one.value for one in node.matchers.matchers}
            found.append(Named(node.name or "", labels))
        return True

    promql_parser.walk(promql_parser.parse(expression), note)
    return found


def grouped_by(expression: str) -> set[str]:
    """Return the labels that an expression keeps or matches series by."""
    found: set[str] = set()

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found.update(node.modifier.labels)
        if isinstance(node, promql_parser.BinaryExpr) and node.modifier is not None:
            matching = node.modifier.matching
            found.update(matching.labels if matching is not None else ())
        return True

    promql_parser.walk(promql_parser.parse(expression), note)
    return found


def _written(expression: str) -> str:
    return expression.replace("$__rate_interval", "30s").replace("$instance", ".*")
