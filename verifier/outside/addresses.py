"""Which network addresses may be asked: URLs in certificates are hostile input (server-side request forgery)."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED_V4 = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "168.63.129.16/32",  # a cloud's inner service on a public address
    )
]
"""IANA special-purpose registry, and what providers put elsewhere."""

_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
"""The only block from which global unicast addresses are given out."""
_REFUSED_V6 = [
    ipaddress.ip_network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments with Teredo and ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
    )
]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is a host of the public Internet, and not one that leads back into a private network."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False  # also mapped (::ffff:0:0/96) and compatible IPv4, unique local, link-local, multicast
    return not any(address in network for network in _REFUSED_V6)
