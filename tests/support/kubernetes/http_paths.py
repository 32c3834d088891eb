"""Where a path leads by the routes into the cluster: HTTPRoute and Ingress alike.

Source: Gateway API, HTTPPathMatch; Kubernetes documentation, "Ingress: path types". In both an
exact path comes before a prefix, a longer prefix before a shorter one, and a prefix matches whole
segments.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.kubernetes.applications import addresses
from tests.support.kubernetes.objects import Object, Render

HIDDEN = ("/live", "/ready", "/metrics")


@dataclass(frozen=True, slots=True)
class Path:
    """One path of a route and the Service it leads to; None is an answer of the proxy's own."""

    kind: str
    value: str
    service: str | None

    def matches(self, path: str) -> bool:
        """Return whether a request's path is meant."""
        if self.kind == "Exact":
            return path == self.value
        prefix = self.value.rstrip("/")
        return path == prefix or path.startswith(f"{prefix}/")

    @property
    def rank(self) -> tuple[bool, int]:
        """The higher one wins."""
        return self.kind == "Exact", len(self.value.rstrip("/"))


def leads_to(paths: list[Path], path: str) -> str | None:
    """Return the Service that gets a request for a path; None where none does."""
    found = [one for one in paths if one.matches(path)]
    return max(found, key=lambda one: one.rank).service if found else None


def paths_of(render: Render, kind: str) -> list[Path]:
    """Return the paths of all routes of one kind."""
    if kind == "HTTPRoute":
        return [path for one in render.of(kind) for path in _of_route(one)]
    return [path for one in render.of(kind) for path in _of_ingress(one)]


def _of_route(route: Object) -> Iterator[Path]:
    for rule in route["spec"]["rules"]:
        services = {one["name"] for one in rule.get("backendRefs", ())} or {None}
        for match in rule["matches"]:
            for service in services:
                kind = match["path"]["type"].removeprefix("Path")
                yield Path(kind, match["path"]["value"], service)


def _of_ingress(ingress: Object) -> Iterator[Path]:
    for rule in ingress["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            yield Path(path["pathType"], path["path"], path["backend"]["service"]["name"])


def lost(render: Render, kind: str) -> Iterator[str]:
    """Yield each address of the real applications that browsers do not reach, or should not."""
    paths = paths_of(render, kind)
    for service in ("web", "realtime") if paths else ():
        for path in addresses(service):
            reached = leads_to(paths, path)
            if path in HIDDEN:
                if reached is not None:
                    yield f"{path} is reached, of {reached}"
            elif reached != service:
                yield f"{path} of {service} leads to {reached or 'nobody'}"
