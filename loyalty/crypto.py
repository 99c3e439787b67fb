"""Personal data at rest: keys, encrypted cells, keyed look-ups. Under every subject.

Root keys (LOYALTY_DATA_KEYS or a file in `var/`) wrap the installation keys kept in `crypto_key`; those wrap one key
per customer, kept in `customer_key`. A cell is `0x01 | key id (4) | nonce (12) | AES-256-GCM ciphertext and tag`, bound
by its associated data to table, column and row, so that a cell pasted elsewhere does not open.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = b"\x01"
HEADER = len(FORMAT) + 4
NONCE = 12
INDEX_BYTES = 16
PERSON = 0  # key id in a cell sealed under a person's own key


class Undecryptable(Exception):
    """A cell does not open: another row's, another key's, or damaged."""


def aad(table: str, column: str, row: str) -> bytes:
    """Where a cell belongs. `row` is the row's public id, made before the INSERT."""
    return f"{table}|{column}|{row}".encode()


def seal(key: bytes, key_id: int, value: bytes, place: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return FORMAT + key_id.to_bytes(4, "big") + nonce + AESGCM(key).encrypt(nonce, value, place)


def key_id_of(cell: bytes) -> int:
    if cell[:1] != FORMAT or len(cell) <= HEADER + NONCE:
        raise Undecryptable("not a cell")
    return int.from_bytes(cell[1:HEADER], "big")


def unseal(key: bytes, cell: bytes, place: bytes) -> bytes:
    """The value of a cell. Raises Undecryptable."""
    key_id_of(cell)
    try:
        return AESGCM(key).decrypt(cell[HEADER : HEADER + NONCE], cell[HEADER + NONCE :], place)
    except InvalidTag:
        raise Undecryptable(place.decode(errors="replace")) from None


def fingerprint(root: bytes) -> str:
    """Names a root key without telling it."""
    return hashlib.sha256(b"khach-quen root key\0" + root).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PersonKey:
    """The key of one customer. Destroying its wrapped form erases the person."""

    key: bytes = field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        return cls(AESGCM.generate_key(256))

    def seal(self, text: str, place: bytes) -> bytes:
        return seal(self.key, PERSON, text.encode(), place)

    def open(self, cell: bytes, place: bytes) -> str:
        return unseal(self.key, cell, place).decode()


@dataclass(frozen=True, slots=True)
class Keyring:
    """The installation's keys, unwrapped. `data` maps key id to key, the highest seals; `index` is the look-up key."""

    data: Mapping[int, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    secret: bytes = field(repr=False)  # signs sessions, codes and links

    @classmethod
    def fresh(cls) -> Self:
        """Random keys, for a test or for a database about to be born."""
        return cls({1: secrets.token_bytes(32)}, secrets.token_bytes(32), secrets.token_bytes(32))

    def seal(self, value: bytes, place: bytes) -> bytes:
        """A cell under the installation's newest key: raw events, tokens, messages to staff."""
        newest = max(self.data)
        return seal(self.data[newest], newest, value, place)

    def open(self, cell: bytes, place: bytes) -> bytes:
        key = self.data.get(key_id_of(cell))
        if key is None:
            raise Undecryptable(f"no key {key_id_of(cell)}")
        return unseal(key, cell, place)

    def look_up(self, name: str, value: str) -> bytes:
        """The keyed index of a normalised value: equal values give equal bytes, which tell nothing without the key."""
        return self._digest(f"look-up|{name}", value)[:INDEX_BYTES]

    def name_token(self, word: str) -> int:
        """A folded word of a name as 16 bits: many words share one, so a match is checked after decryption."""
        return int.from_bytes(self._digest("name", word)[:2], "big")

    def code_hash(self, purpose: str, code: str) -> bytes:
        """What is stored of a short secret code."""
        return self._digest(f"code|{purpose}", code)

    def sign(self, purpose: str, text: str) -> str:
        """A short signature for addresses and QR codes, hex."""
        return hmac.new(self.secret, f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()[:32]

    def derive(self, purpose: str) -> bytes:
        """32 secret bytes of its own for a purpose, the same as long as the secret is."""
        return hmac.digest(self.secret, f"derived|{purpose}".encode(), "sha256")

    def _digest(self, domain: str, value: str) -> bytes:
        return hmac.digest(self.index, f"{domain}|{value}".encode(), "sha256")


def wrap(root: bytes, key: bytes, purpose: str, version: int) -> bytes:
    return seal(root, 0, key, aad("crypto_key", purpose, str(version)))


def unwrap(roots: Sequence[bytes], wrapped: bytes, purpose: str, version: int) -> bytes:
    """An installation key, by whichever root key opens it. Raises Undecryptable."""
    for root in roots:
        try:
            return unseal(root, wrapped, aad("crypto_key", purpose, str(version)))
        except Undecryptable:
            continue
    raise Undecryptable(f"crypto_key {purpose} {version}")
