"""Which proxy the environment names for an address, read as the SDK's own client reads it."""

import ipaddress
from typing import Final
from urllib.request import getproxies

import httpx2

_PORTS: Final = {"http": 80, "https": 443}


def proxy_for(address: httpx2.URL) -> str | None:
    """Return the address of the proxy to take; None where `address` is reached without one."""
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all")
    entries = proxies.get("no", "").split(",")
    if not proxy or any(_covers(entry.strip(), address) for entry in entries):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _covers(entry: str, address: httpx2.URL) -> bool:
    """Whether an entry of NO_PROXY means this address; one that cannot be read means none.

    It is `*`, a scheme, or with a scheme or without: an address, a network such as `10.0.0.0/8`,
    or a name, and that with a port or without.
    """
    scheme, has_scheme, rest = entry.rpartition("://")
    if scheme.lower() not in {"", "all", address.scheme} or not entry:
        return False
    network = _network(rest)
    if network is not None:
        return _is_within(address.host, network)
    if "/" in rest and not has_scheme:
        return False
    try:
        meant = httpx2.URL(f"all://{rest}")
    except httpx2.InvalidURL:
        return False
    port = address.port or _PORTS.get(address.scheme)
    return meant.port in {None, port} and _is_named(
        address.host, meant.host, is_exact=bool(has_scheme)
    )


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    host, slash, bits = text.partition("/")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        return ipaddress.ip_network(f"{host}{slash}{bits}", strict=False)
    except ValueError:
        return None


def _is_within(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def _is_named(host: str, pattern: str, *, is_exact: bool) -> bool:
    """Whether a pattern means a host: `a.b` those below it too, `.a.b` and `*.a.b` only those."""
    name = pattern.removeprefix("*")
    if name.startswith("."):
        return host.endswith(name)
    if is_exact and name == pattern:
        return name in {"", host}
    return name in {"", host} or host.endswith(f".{name}")
