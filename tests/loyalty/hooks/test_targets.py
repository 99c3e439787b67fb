"""What the shop may be made to call: tricks of writing an inner address find no way in (threat T15)."""

import ipaddress

import pytest

from loyalty.hooks import targets
from loyalty.hooks.targets import BadUrl

GOOD = {
    "https://example.com": ("example.com", 443, "/", "example.com"),
    "https://EXAMPLE.com./hook?x=1&y=%20": ("example.com", 443, "/hook?x=1&y=%20", "example.com"),
    "https://pos.example.com:8443/a/b": ("pos.example.com", 8443, "/a/b", "pos.example.com:8443"),
    "https://93.184.216.34/x": ("93.184.216.34", 443, "/x", "93.184.216.34"),
    "https://[2606:4700:4700::1111]/x": ("2606:4700:4700::1111", 443, "/x", "[2606:4700:4700::1111]"),
    "https://xn--c-ph-6ra.vn/": ("xn--c-ph-6ra.vn", 443, "/", "xn--c-ph-6ra.vn"),
}
TRICKS = [
    # not https
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/x",
    "example.com", "javascript:alert(1)", "data:text/plain,x", "unix:///var/run/docker.sock", "", " ", "https://",
    "https:///x", "https:example.com", "HTTP://example.com",
    # this machine
    "https://127.0.0.1/", "https://localhost/", "https://LOCALHOST:8000/", "https://localhost./", "https://a.localhost/",
    "https://127.1/", "https://127.0.1/", "https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://0x7f000001/",
    "https://2130706433/", "https://017700000001/", "https://127.000.000.001/", "https://0/", "https://0.0.0.0/",
    "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/", "https://[::1%25lo]/", "https://[fe80::1%25eth0]/",
    # the house
    "https://10.0.0.5/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[fc00::1]/", "https://[fe80::1]/",
    "https://metadata/", "https://metadata.google.internal/", "https://printer.local/", "https://nas.lan/",
    "https://router.home.arpa/", "https://intranet/", "https://198.18.0.1/", "https://192.0.2.1/", "https://240.0.0.1/",
    "https://255.255.255.255/", "https://224.0.0.1/", "https://[ff02::1]/", "https://[2001:db8::1]/",
    # misreadings
    "https://user@example.com/", "https://example.com@127.0.0.1/", "https://127.0.0.1:80@example.com/",
    "https://example.com\\@127.0.0.1/", "https://example.com%2f@127.0.0.1/", "https://127.0.0.1%2eexample.com/",
    "https://exam ple.com/", "https://example.com/a b", "https://example.com/\r\nHost: x", "https://example.com/\x00",
    "https://example.com/#frag", "https://example.com:0/", "https://example.com:99999/", "https://example.com:/",
    "https://example.com:8o/", "https://[::1/", "https://①②⑦.0.0.1/", "https://ⓔxample.com/", "https://example。com/",
    "https://exämple.com/", "https://-example.com/", "https://example-.com/", "https://a..com/", "https://.com/",
    "https://" + "a" * 64 + ".com/", "https://example.com/" + "a" * 2000, "https://1.2.3/", "https://1.2.3.4.5/",
    "https://127.0.0.1.:443/", "https://0x7F.1/", "https://example.0x1/",
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD)
def test_a_public_address_is_taken_apart(url: str) -> None:
    found = targets.parse(url, demo=False)
    assert (found.host, found.port, found.path, found.host_header) == GOOD[url]
    assert found.secure


@pytest.mark.parametrize("url", TRICKS)
def test_a_trick_is_refused(url: str) -> None:
    assert len(TRICKS) >= 40
    with pytest.raises(BadUrl) as refusal:
        targets.parse(url, demo=False)
    assert refusal.value.facts["path"] == "url"


HERE = ("https://127.0.0.1/", "https://localhost/", "https://LOCALHOST:8000/", "https://localhost./", "https://[::1]/")


@pytest.mark.parametrize("url", [url for url in TRICKS if not url.startswith((*HERE, "https://a.localhost"))])
def test_a_demo_allows_this_machine_and_no_more(url: str) -> None:
    if url in ("https://[0:0:0:0:0:0:0:1]/", "https://127.0.0.1.:443/"):
        assert ipaddress.ip_address(targets.parse(url, demo=True).host).is_loopback
        return
    with pytest.raises(BadUrl):
        targets.parse(url, demo=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/hook", "http://localhost:9000", "http://[::1]:9000", *HERE])
def test_a_demo_may_tell_a_receiver_beside_it(url: str) -> None:
    assert targets.parse(url, demo=True).host in ("127.0.0.1", "localhost", "::1")


INNER = [
    "127.0.0.1", "10.1.2.3", "172.20.0.1", "192.168.0.1", "169.254.169.254", "100.100.100.200", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.0.1", "198.18.0.1", "203.0.113.9", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1",
    "ff02::1", "::ffff:8.8.8.8", "::ffff:10.0.0.1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:808:808::", "2001::1",
    "2001:db8::1", "3fff::1", "100::1", "fec0::1", "5f00::1", "::8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_no_connection_goes_inside(address: str) -> None:
    assert not targets.may_connect(ipaddress.ip_address(address), demo=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.4.1", "2606:4700::1111", "2404:6800:4005::200e"])
def test_connections_go_outside(address: str) -> None:
    assert targets.may_connect(ipaddress.ip_address(address), demo=False)
    assert targets.may_connect(ipaddress.ip_address(address), demo=True)
