"""Which addresses the shop may be made to call: public ones over https, whatever tricks an address is written with."""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

from loyalty.errors import RuleViolation

LONGEST = 2_000
EXAMPLE = "https://example.com/webhooks"
_URL = re.compile(r"[!-~]+")
_FORBIDDEN = re.compile(r"[\\\"<>^`{|}]")
_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# Of IPv6, only what is routed on the open internet and holds no IPv4 address within.
_ROUTED = IPv6Network("2000::/3")
_NOT_OPEN = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")))

Address = IPv4Address | IPv6Address


class BadUrl(RuleViolation):
    """An address the shop does not call; `reason` says why."""

    code = "webhook_url"

    def __init__(self, reason: str, problem: str) -> None:
        said = f"{problem}; such as {EXAMPLE}."
        super().__init__(said, path="url", problem=said)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `host` is a name or the text of an IP address, without brackets."""

    secure: bool
    host: str
    port: int
    path: str  # with its query, never empty
    host_header: str


def parse(url: str, *, demo: bool) -> Target:
    """The address, if it may be called; `demo` allows this machine itself, also without TLS. Raises BadUrl.

    A name is looked at again when it is resolved: `may_connect` decides about every connection.
    """
    parts = _split(url)
    host = (parts.hostname or "").removesuffix(".")
    literal = _literal(host)
    if literal is None and not _is_name(host):
        raise BadUrl("host", "The host is not a name or an IP address in its usual form")
    is_here = host == "localhost" or (literal is not None and literal.is_loopback)
    if parts.scheme != "https" and not (demo and is_here and parts.scheme == "http"):
        raise BadUrl("https", "Must begin with https://")
    if (literal is not None and not may_connect(literal, demo=demo)) or (
        literal is None and not _is_outside(host, demo)
    ):
        raise BadUrl("private", "Must be an address on the open internet")
    secure = parts.scheme == "https"
    port = _port(parts, secure)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port, path, _host_header(host, port, secure))


def may_connect(address: Address, *, demo: bool) -> bool:
    """Whether a connection may go to this IP address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return False
        if demo and address.is_loopback:
            return True
        return address in _ROUTED and not any(address in network for network in _NOT_OPEN)
    if demo and address.is_loopback:
        return True
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST:
        raise BadUrl("length", f"Must be at most {LONGEST} characters")
    if not _URL.fullmatch(url) or _FORBIDDEN.search(url):
        raise BadUrl("characters", "Holds characters an address cannot have (write other scripts as xn-- or %XX)")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # read for its check
    except ValueError:
        raise BadUrl("form", "Not an address") from None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or "%" in parts.netloc or parts.fragment:
        raise BadUrl("form", "Must be https://, a host and a path, without user or #part")
    return parts


def _port(parts: SplitResult, secure: bool) -> int:
    if parts.netloc.endswith(":") or parts.port == 0:
        raise BadUrl("form", "The port is missing or zero")
    return parts.port or (443 if secure else 80)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    """A host name whose last label is no number: resolvers take `127.1` and `0x7f000001` for addresses."""
    return _HOST.fullmatch(host) is not None and not _NUMBER.fullmatch(host.rpartition(".")[2])


def _is_outside(host: str, demo: bool) -> bool:
    """Names without a dot, and those kept for inside a house, are nobody's on the internet."""
    if host == "localhost" or host.endswith(".localhost"):
        return demo
    return "." in host and not host.endswith((".local", ".internal", ".home.arpa", ".lan", ".intranet", ".onion"))


def _host_header(host: str, port: int, secure: bool) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port == (443 if secure else 80) else f"{shown}:{port}"
