"""Which gateways new connections go to, as a load balancer would choose."""

from dataclasses import dataclass, field
from random import Random


@dataclass(slots=True)
class Balancer:
    """Gives one of the gateways that it knows of, at random, whether it still lives or not."""

    random: Random
    addresses: list[str] = field(default_factory=list)

    def pick(self) -> str:
        """Choose a gateway's `host:port`; an address where nobody is when it knows of none."""
        return self.random.choice(self.addresses) if self.addresses else "127.0.0.1:1"
