"""Load balancers: how they spread new connections."""

from random import Random
from typing import override

from tests.load.scaling.gateway import Gateway


class AtRandom:
    """Takes any of the gateways that it knows of."""

    def __init__(self, random: Random) -> None:
        self.gateways: list[Gateway] = []
        self._random = random

    def pick(self) -> Gateway | None:
        """Return one, whether it still lives or not; None where there is none."""
        return self._random.choice(self.gateways) if self.gateways else None


class LeastConnections(AtRandom):
    """Takes the one with the fewest connections; those to a dead gateway do not count."""

    @override
    def pick(self) -> Gateway | None:
        return min(self.gateways, key=_connections, default=None)


def _connections(gateway: Gateway) -> int:
    return len(gateway.pages)
