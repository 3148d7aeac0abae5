"""Addresses of strangers: what may be asked, in one spelling."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown.errors import UnsafeAddressError
from renown.sources.openweb.addresses import Allowance, is_public_address, read_address

INSIDE = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *(
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:9.9.9.9",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::909:909",
    ),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:909:909::1", "3fff::1"),
    *("fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "5f00::1"),
]


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_not_public(text):
    assert not is_public_address(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text", ["9.9.9.9", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2620:fe::fe", "2a00:1450::1"]
)
def test_an_address_of_the_internet_is_public(text):
    assert is_public_address(ipaddress.ip_address(text))


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address):
    """The standard library's own table as a witness: ours may refuse more, never less."""
    if not address.is_global or address.is_multicast or address.is_link_local:
        assert not is_public_address(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_becomes_public_inside_an_ipv6_one(address):
    number = int(address)
    for wrapped in (0xFFFF << 32 | number, number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert not is_public_address(ipaddress.IPv6Address(wrapped))


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "javascript:alert(1)", "data:,x"),
        *("//a.example/", "a.example", "http:///x", "http://", "", "http://a.example:99999/", "http://[::1"),
        *("http://user@a.example/", "http://a:b@a.example/", "http://a.example@127.0.0.1/"),
        *("http://a.example:22/", "http://a.example:8080/", "http://a.example:6379/"),
        *(
            "http://localhost/",
            "http://printer/",
            "http://x.local/",
            "http://db.internal/",
            "http://1.in-addr.arpa/",
        ),
        *(
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://169.254.169.254/",
        ),
        *(
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
        ),
        *("http://127.0.0.1./", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/"),
        *("http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://a.example%2f@b.example/", "http://a%00.example/"),
        *(
            "http://a.example\\@b.example/",
            "http://a.example/\r\nHost: b",
            "http://a.example/ x",
            "http://a\tb.c/",
        ),
        *(
            "http://[fe80::1%25eth0]/",
            "http://-a.example/",
            "http://a..example/",
            f"http://{'a' * 64}.example/",
        ),
        *("http://a\u202eb.example/", "http://a\u200b.example\u2100/", "http://a.example/" + "x" * 2_000),
    ],
)
def test_a_dangerous_address_is_refused(url):
    with pytest.raises(UnsafeAddressError):
        read_address(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://A.Example", "http://a.example/"),
        ("https://a.example:443/x#y", "https://a.example/x"),
        ("http://a.example.:80/?b=1&utm_source=m&fbclid=2", "http://a.example/?b=1"),
        ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("https://a.example/%7Eann/", "https://a.example/%7Eann/"),
        ("http://9.9.9.9/", "http://9.9.9.9/"),
        ("http://[2620:fe::FE]/", "http://[2620:fe::fe]/"),
    ],
)
def test_an_address_has_one_spelling(url, expected):
    assert read_address(url).url == expected
    assert read_address(expected).url == expected


@given(st.text(max_size=60))
def test_whatever_the_text_it_is_an_address_or_refused(text):
    for url in (text, f"http://{text}", f"https://a.example/{text}"):
        try:
            spelled = read_address(url).url
        except UnsafeAddressError:
            continue
        assert read_address(spelled).url == spelled
        assert spelled.isascii()
        assert "@" not in spelled.split("/")[2]


def test_an_allowance_permits_what_it_names_and_nothing_else():
    allowance = Allowance(addresses=frozenset({"127.0.0.1"}))
    assert read_address("http://127.0.0.1:8000/x", allowance=allowance).origin == "http://127.0.0.1:8000"
    for url in ("http://127.0.0.2:8000/", "http://10.0.0.1/", "http://[::1]/"):
        with pytest.raises(UnsafeAddressError):
            read_address(url, allowance=allowance)
