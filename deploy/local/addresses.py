"""Which addresses a part may listen on."""

from ipaddress import AddressValueError, IPv4Address


def is_one_address(host: str) -> bool:
    """Return whether `host` is an IPv4 address of one machine, and not all of its addresses."""
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return False
    return not (address.is_unspecified or address.is_multicast)
