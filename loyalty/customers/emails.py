"""E-mail addresses in one form: to keep, and to look up."""

import re
import unicodedata
from dataclasses import dataclass

from loyalty.errors import Unreadable
from loyalty.typed import fold

EXAMPLE = "lan@example.com"
LONGEST = 254  # RFC 5321, section 4.5.3.1.3: a path is at most 256 octets with its brackets
LONGEST_LOCAL = 64  # RFC 5321, section 4.5.3.1.1

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")


class NotAnEmail(Unreadable):
    """Not an address mail could go to."""

    code = "not_an_email"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example=EXAMPLE)


@dataclass(frozen=True, slots=True)
class Email:
    """`address` as it is written to, `key` as it is looked up: the key's local part is in lower case."""

    address: str
    key: str


def parse(text: str) -> Email:
    """One address; its domain in NFKC, lower case and IDNA. Dots and plus signs stay: elsewhere they tell people apart.

    Raises NotAnEmail.
    """
    local, at, domain = fold.quote(text, LONGEST + 1).rpartition("@")
    host = _ascii(domain)
    sound = at and len(local) <= LONGEST_LOCAL and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(host)
    if not sound or len(local) + 1 + len(host) > LONGEST:
        raise NotAnEmail(text)
    return Email(f"{local}@{host}", f"{local.lower()}@{host}")


def mask(address: str) -> str:
    """`l•••@example.com`: enough for its owner to recognise."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _ascii(domain: str) -> str:
    """The domain as the name system spells it; "" when it has no such spelling."""
    lowered = unicodedata.normalize("NFKC", domain).lower()
    if lowered.isascii():  # is spelled so already; its shape is checked by the caller
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
