"""Which addresses a part may listen on."""

from ipaddress import AddressValueError, IPv4Address


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches `host`, an IPv4 address or `localhost`."""
    return host == "localhost" or IPv4Address(host).is_loopback


def is_one_address(host: str) -> bool:
    """Return whether `host` is an IPv4 address of one machine, and not all of its addresses."""
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return False
    return not (address.is_unspecified or address.is_multicast)
