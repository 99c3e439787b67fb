"""Where a request comes from: the network address that is throttled, and a word for the device."""

from ipaddress import ip_address

from werkzeug.wrappers import Request

BROWSERS = (  # the first that is named; most name others beside themselves
    ("coc_coc_browser", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device(request: Request) -> str:
    """A word or two a person knows their browser by: Chrome · Android. Empty for one nobody knows."""
    told = request.headers.get("User-Agent", "")
    names = (next((name for mark, name in marks if mark in told), "") for marks in (BROWSERS, SYSTEMS))
    return " · ".join(name for name in names if name)


def address(request: Request) -> str:
    """Who is asking; what a proxy on this machine says, and nobody else, is believed."""
    seen = request.remote_addr or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and _is_this_machine(seen) else seen


def _is_this_machine(seen: str) -> bool:
    try:
        return ip_address(seen).is_loopback
    except ValueError:
        return False
