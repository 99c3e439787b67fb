"""Who may drive the simulator: nobody's web page but its own, also not by a name pointed at this machine."""

import ipaddress
from urllib.parse import urlsplit

from flask import Request

FROM_HERE = ("same-origin", "none")  # of Sec-Fetch-Site: our own page, or typed into the address bar


def host_name(request: Request) -> str:
    """The host a request was sent to, without its port; "" for one that is none."""
    return _name(f"//{request.host}")


def is_loopback(host: str) -> bool:
    return host == "localhost" or ((address := _address(host)) is not None and address.is_loopback)


def is_ours(request: Request, base_url: str) -> bool:
    """Whether a request was sent to an address of ours.

    Any bare IP address is one: a foreign page gets here only under a name of its own (DNS rebinding).
    """
    host = host_name(request)
    return host == "localhost" or _address(host) is not None or host == _name(base_url)


def is_asked_here(request: Request) -> bool:
    """Whether our own page asks, or the person themselves; old browsers do not say."""
    return request.headers.get("Sec-Fetch-Site", "none") in FROM_HERE


def is_from_own_page(request: Request) -> bool:
    """Whether a writing request is JSON from the page it says it is on: what no form and no foreign page can send."""
    origin = request.headers.get("Origin")
    return request.is_json and (origin is None or origin.partition("://")[2] == request.host)


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a broken bracket
        return ""


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
