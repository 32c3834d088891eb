"""The one-shot service `address-check`, which must succeed before the proxy starts.

There are no accounts yet: everyone who reaches Natter is its one user. So it listens on this
machine alone, unless the operator states that this is intended.
"""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

CONSENT: Final = "NATTER_WHOEVER_REACHES_IT_IS_ITS_USER"


def objection(environment: Mapping[str, str]) -> str | None:
    """Return, in one sentence, why the stack must not be published as in `environment`."""
    if environment.get(CONSENT) == "yes":
        return None
    if domain := environment.get("NATTER_DOMAIN"):
        return _sentence(f"NATTER_DOMAIN={domain}")
    address = environment.get("NATTER_BIND") or "127.0.0.1"
    if is_loopback(address):
        return None
    return _sentence(f"NATTER_BIND={address}", is_plain=_is_plain(address))


def is_loopback(address: str) -> bool:
    """Return whether Docker publishes at `address` for this machine alone.

    It takes anything but a plain IP address, such as a name or one with a scope, for all addresses.
    """
    return _is_plain(address) and ip_address(address).is_loopback


def _is_plain(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return "%" not in address


def _sentence(setting: str, *, is_plain: bool = True) -> str:
    because = "it has no accounts yet and whoever reaches it is its one user"
    instead = "leave that out"
    if not is_plain:
        because += ", and Docker takes what is no plain IP address for all addresses"
        instead = "write 127.0.0.1"
    refusal = f"Natter is not published with {setting}, because {because}"
    return f"{refusal}: {instead}, or say {CONSENT}=yes."


if __name__ == "__main__":
    sys.exit(objection(os.environ))  # noqa: TID251 - it runs without the packages of a settings class
