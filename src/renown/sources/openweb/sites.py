"""Who is who on the open web, from addresses alone.

A site is an actor: the registrable domain of its host by the Public Suffix List, so that a domain cannot
become many people by inventing subdomains, while people on shared hosts (`ann.github.io`) stay apart. On a
host that many share by path, the first part of the path belongs to the name where it is marked so (`/~ann`,
`/@ann`). What a page says about its author changes nothing here: anybody can write any name into a page.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from renown.errors import UnsafeAddressError
from renown.sources.openweb.addresses import Allowance, read_address
from renown.types import Kind

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

NETWORK: Final = "web"

RESPONSE_KINDS: Final[tuple[Kind, ...]] = ("reply", "quote", "repost", "like", "citation")
"""What a page can be to another one, the most particular first."""

_ANYWHERE: Final = Allowance(all_private=True)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def site_of(url: str) -> str:
    """The actor that an address belongs to.

    Args:     url: an address in the spelling of `Address.url`.
    Example:
        >>> [site_of(url) for url in ("https://www.blog.example.org/2026/a", "https://ann.github.io/b")]
        ['example.org', 'ann.github.io']
        >>> site_of("https://tilde.example.org/~Ann/notes")
        'example.org/~Ann'
    """
    address = read_address(url, allowance=_ANYWHERE)
    host = _site_host(address.host)
    if address.port not in (80, 443):
        host = f"{host}:{address.port}"
    first = address.target[1:].partition("?")[0].partition("/")[0]
    return f"{host}/{first}" if first[:1] in ("~", "@") and len(first) > 1 else host


@lru_cache(maxsize=65_536)
def _site_host(host: str) -> str:
    if ":" in host or host.replace(".", "").isdigit():
        return host
    return _suffixes().privatesuffix(host) or host


def spelled(url: str, base: str = "", *, allowance: Allowance | None = None) -> str | None:
    """An address as found on a page, absolute and in its one spelling; None: nothing of the public web.

    Example:
        >>> spelled("../b#c", "https://a.example/x/y"), spelled("javascript:alert(1)", "https://a.example/")
        ('https://a.example/b', None)
    """
    try:
        absolute = urljoin(base, url.strip()) if base else url.strip()
        return read_address(absolute, allowance=allowance or Allowance()).url
    except (UnsafeAddressError, ValueError):
        return None


def response_id(source_url: str, target_url: str) -> str:
    """The own id of what one page is to another: the same however it was learned of.

    Example:
        >>> response_id("https://a.example/1", "https://b.example/2")
        'link:67949fafddd80a69321531dfe10b460d'
    """
    digest = hashlib.sha256(f"{source_url}\n{target_url}".encode()).hexdigest()
    return f"link:{digest[:32]}"
