"""Which addresses of the open web may be asked, and which lead inside a machine or its network.

A page can name any address. Whoever fetches what strangers name must not be led to services that trust their
own network: addresses are read strictly, and every address a name resolves to is checked against the ranges
that IANA registers as not global. There is no list of bad names that could be forgotten: what is not known to
be public is refused.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from renown.errors import UnsafeAddressError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_ADDRESS: Final = 2_000

_PORTS: Final = {"http": 80, "https": 443}

_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        # Of IPv6 only 2000::/3 is given out; in it, what is set apart or carries an IPv4 address inside.
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_GLOBAL_IPV6: Final = ipaddress.ip_network("2000::/3")

_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f\ud800-\udfff\\^`{|}<>\"]")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LOOKS_NUMERIC: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_LOCAL_ENDINGS: Final = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private"}
    | {"arpa", "onion", "i2p", "test", "invalid", "alt"}
)
"""Last labels of names that mean nothing, or something else, on the public internet."""

_TRACKING: Final = re.compile(r"(utm_[a-z]+|fbclid|gclid|mc_cid|mc_eid|igshid)=.*", re.IGNORECASE)


@dataclass(frozen=True)
class Allowance:
    """What a caller in code allows beyond the public internet. Nothing that is read can widen it.

    Fields:
        addresses: addresses that may be asked although they are not public, and on any port.
        all_private: every address may be asked; only for trying things out on one's own network.
    """

    addresses: frozenset[str] = frozenset()
    all_private: bool = False

    @property
    def is_public_only(self) -> bool:
        """Nothing beyond the public internet."""
        return not self.addresses and not self.all_private

    def permits(self, address: IPAddress) -> bool:
        """Whether a connection to this address may be made."""
        return self.all_private or str(address) in self.addresses or is_public_address(address)


PUBLIC_ONLY: Final = Allowance()


@dataclass(frozen=True)
class Address:
    """A web address that was read strictly: scheme, host as ASCII, port, path and query, no fragment."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The address as text, in the one spelling that stands for it everywhere in Renown."""
        return f"{self.origin}{self.target}"

    @property
    def origin(self) -> str:
        """Scheme, host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def is_public_address(address: IPAddress) -> bool:
    """Whether an address is one machine's on the public internet, and nothing else.

    Addresses that carry an IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) are not, whatever
    they carry: no public site needs them, and each is another spelling of a private address.

    Example:
        >>> import ipaddress
        >>> [is_public_address(ipaddress.ip_address(text)) for text in ("9.9.9.9", "100.64.0.1", "::1")]
        [True, False, False]
    """
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    if any(address.version == network.version and address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def read_address(text: str, *, allowance: Allowance = PUBLIC_ONLY) -> Address:
    """A web address in its one spelling, if anything may be fetched from there as far as its text tells.

    Args:     text: http or https, absolute. Tracking parameters (utm_*, fbclid and such) and the fragment go.
    Raises:   UnsafeAddressError: another scheme or port, a user name, an address in a disguise (decimal,
              octal, hexadecimal, look-alike digits), a name of a local network, or no address at all.
    Example:
        >>> read_address("HTTPS://Bücher.Example.org:443/a?utm_source=x#top").url
        'https://xn--bcher-kva.example.org/a'
    """
    if len(text) > LONGEST_ADDRESS or _FORBIDDEN.search(text):
        raise _unsafe(text, "it is too long, or has characters that no address has")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _unsafe(text, str(error)) from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise _unsafe(text, "only http and https are asked")
    if "@" in parts.netloc:
        raise _unsafe(text, "it names a user, which hides where it leads")
    if port not in (None, 80, 443) and allowance.is_public_only:
        raise _unsafe(text, f"port {port} is not one of the web's (80 and 443)")
    return Address(scheme, _read_host(host, text, allowance), port or _PORTS[scheme], _target(parts))


def _target(parts: SplitResult) -> str:
    kept = "&".join(part for part in parts.query.split("&") if part and not _TRACKING.fullmatch(part))
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(kept, safe="/%:@!$&'()*+,;=~-._?")
    return f"{path}?{query}" if query else path


def _read_host(host: str, text: str, allowance: Allowance) -> str:
    if not host or "%" in host:
        raise _unsafe(text, "it has no host, or one that is escaped")
    literal = _literal(host)
    if literal is not None:
        if not allowance.permits(literal):
            raise _unsafe(text, "it leads inside a machine or its network")
        return str(literal)
    name = _ascii_name(host, text)
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(name) > 253:
        raise _unsafe(text, "its host is not a name")
    if _LOOKS_NUMERIC.fullmatch(labels[-1]):
        raise _unsafe(text, "its host is a number in a disguise")
    if allowance.is_public_only and (len(labels) < 2 or labels[-1] in _LOCAL_ENDINGS):
        raise _unsafe(text, "its host is a name of a local network")
    return name


def _literal(host: str) -> IPAddress | None:
    """The address that a host spells out plainly; None: it is something else."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _ascii_name(host: str, text: str) -> str:
    """A name as the resolver will be asked for it: what looks like other characters has become them."""
    if host.isascii():
        return host.lower().removesuffix(".")
    import idna

    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode().removesuffix(".")
    except (idna.IDNAError, UnicodeError) as error:
        raise _unsafe(text, "its host is not a valid international name") from error
    if _literal(name) is not None:
        raise _unsafe(text, "its host is a number in a disguise")
    return name


def _unsafe(text: str, reason: str) -> UnsafeAddressError:
    shown = text[:200].encode("ascii", "backslashreplace").decode()
    return UnsafeAddressError(
        f"{shown!r} may not be fetched: {reason}.", hint="Only pages of the public web are read."
    )
