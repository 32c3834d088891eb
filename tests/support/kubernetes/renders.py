"""The renders that the checks look at: what is delivered, and what people put together of it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tests.support.kubernetes.objects import Render
from tests.support.kubernetes.rendering import combined, overlay, overlays

_OWN: Final = ("postgres", "nats")
_LARGE: Final = ("cloudnative-pg", "nats-cluster")
_WATCHED: Final = ("keda", "monitoring", "network-policies")

COMBINATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "base alone": (),
    "a PostgreSQL": ("postgres",),
    "a NATS": ("nats",),
    "both": _OWN,
    "both and the demo": (*_OWN, "demo"),
    "both, the demo and the proxy": (*_OWN, "demo", "proxy"),
    "both and tools": (*_OWN, "tools"),
    "three NATS nodes": ("postgres", "nats-cluster"),
    "CloudNativePG": ("cloudnative-pg", "nats"),
    "CloudNativePG and tools": ("tools", "cloudnative-pg", "nats"),
    "KEDA": (*_OWN, "keda"),
    "monitoring": ("monitoring",),
    "network policies": ("network-policies",),
    "everything, small": (*_OWN, "demo", "proxy", "tools", *_WATCHED),
    "everything, large": ("tools", *_LARGE, *_WATCHED),
}
_EXPOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "a Gateway": ("gateway-api",),
    "an Ingress": ("ingress",),
    "everything behind a Gateway": ("tools", *_LARGE, *_WATCHED, "gateway-api"),
    "everything behind an Ingress": (*_OWN, "tools", *_WATCHED, "ingress"),
}

RENDERS: Final[Mapping[str, Callable[[], Render]]] = {
    **{f"overlay {name}": partial(overlay, name) for name in overlays()},
    **{name: partial(combined, *parts) for name, parts in COMBINATIONS.items()},
    **{name: partial(combined, *parts, is_exposed=True) for name, parts in _EXPOSED.items()},
}
"""Each is rendered when it is asked for, and once."""


def used_components() -> set[str]:
    """Return the components that stand in these."""
    every = (*COMBINATIONS.values(), *_EXPOSED.values())
    return {one for parts in every for one in parts}
