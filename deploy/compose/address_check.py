"""The one-shot service `address-check`, on which the proxy waits.

There are no accounts yet: whoever reaches Natter is its one user. So it listens on this machine
alone, unless a person says in so many words that this is meant.
"""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

CONSENT: Final = "NATTER_WHOEVER_REACHES_IT_IS_ITS_USER"


def objection(environment: Mapping[str, str]) -> str | None:
    """Return, in one sentence, why the stack is not published as `environment` says."""
    if environment.get(CONSENT) == "yes":
        return None
    if domain := environment.get("NATTER_DOMAIN"):
        return _sentence(f"NATTER_DOMAIN={domain}")
    address = environment.get("NATTER_BIND") or "127.0.0.1"
    return None if is_loopback(address) else _sentence(f"NATTER_BIND={address}")


def is_loopback(address: str) -> bool:
    """Tell whether an address is reached from its own machine alone."""
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _sentence(setting: str) -> str:
    return (
        f"Natter is not published with {setting}, because it has no accounts yet and whoever"
        f" reaches it is its one user: leave that out, or say {CONSENT}=yes."
    )


if __name__ == "__main__":
    sys.exit(objection(os.environ))  # noqa: TID251 - it runs without the packages of a settings class
