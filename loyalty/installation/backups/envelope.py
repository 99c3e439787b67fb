"""The file a backup travels in: lines of text, compressed and encrypted in chunks.

A first line names the format, a second one, in clear, what is inside (`Header`). Then come chunks of
`last flag and length (4 bytes) | AES-256-GCM`. Their key is made by HKDF from a root key and the file's own salt; the
nonce is the chunk's number and whether it is the last; both lines in clear are associated data. So a chunk changed,
missing, moved or taken from another file does not open, and an end that was cut off is missed. The last chunk holds
the SHA-256 of all that went before.
"""

import hashlib
import json
import secrets
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loyalty import crypto
from loyalty.errors import Conflict

Kind = Literal["data", "keys"]

FORMAT = b"khach-quen backup 1\n"
CHUNK = 256 * 1024  # bytes of text, as a rule; a chunk always holds whole lines
LONGEST_CHUNK = 128 * 2**20
LONGEST_HEADER = 4096
LAST = 1 << 31
LEVEL = 1  # of zlib: most of a backup is ciphertext already


class BadBackup(Conflict):
    """No backup can be made, or none restored: `code` is backup_ and why, the facts what to tell about it."""

    def __init__(self, why: str, **facts: object) -> None:
        super().__init__(f"backup_{why}", **facts)
        self.code = f"backup_{why}"


@dataclass(frozen=True, slots=True)
class Header:
    """What may be known of a backup without a key."""

    kind: Kind
    root: str  # fingerprint of the root key it is encrypted under
    installation: str  # tells one shop's database from another's
    schema: str  # revision
    created_at: datetime  # of the snapshot
    salt: bytes

    def to_line(self) -> bytes:
        told = {
            "kind": self.kind,
            "root": self.root,
            "installation": self.installation,
            "schema": self.schema,
            "created_at": self.created_at.astimezone(UTC).isoformat(),
            "salt": self.salt.hex(),
        }
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Raises ValueError, KeyError, TypeError for anything but a header."""
        told = json.loads(line)
        created_at = datetime.fromisoformat(told["created_at"])
        root, installation, revision = (str(told[name]) for name in ("root", "installation", "schema"))
        return cls(told["kind"], root, installation, revision, created_at, bytes.fromhex(told["salt"]))


class Writer:
    """Writes lines of text into an envelope; `finish` seals it. Memory holds one chunk."""

    def __init__(
        self, file: IO[bytes], root: bytes, *, kind: Kind, installation: str, schema: str, created_at: datetime
    ) -> None:
        header = Header(kind, crypto.fingerprint(root), installation, schema, created_at, secrets.token_bytes(32))
        clear = FORMAT + header.to_line()
        self._file = file
        self._box = _Box(root, header, clear)
        self._lines: list[bytes] = []
        self._size = 0
        self._digest = hashlib.sha256()
        file.write(clear)

    def write(self, line: bytes) -> None:
        self._lines.append(line)
        self._size += len(line)
        if self._size >= CHUNK:
            self._flush()

    def finish(self) -> None:
        """Seal the end."""
        self._flush()
        self._put(self._digest.hexdigest().encode(), last=True)

    def _flush(self) -> None:
        text = b"".join(self._lines)
        self._lines, self._size = [], 0
        self._digest.update(text)
        if text:
            self._put(zlib.compress(text, LEVEL), last=False)

    def _put(self, plain: bytes, *, last: bool) -> None:
        sealed = self._box.seal(plain, last=last)
        self._file.write((len(sealed) | (LAST if last else 0)).to_bytes(4, "big") + sealed)


class Reader:
    """Reads an envelope. `header` is there at once; `lines` vouches for what it yields only once it has ended.

    `sha256` is known then, hex, of all the lines.
    """

    sha256 = ""

    def __init__(self, file: IO[bytes], roots: Sequence[bytes]) -> None:
        """Raises BadBackup when it is no backup, or when none of the root keys opens it."""
        self._file = file
        self.header, clear = _read_clear(file)
        root = next((key for key in roots if crypto.fingerprint(key) == self.header.root), None)
        if root is None:
            raise BadBackup("root_missing", root=self.header.root)
        self._box = _Box(root, self.header, clear)

    def lines(self) -> Iterator[bytes]:
        """Every line. Raises BadBackup at the first sign of damage, a missing end included."""
        digest = hashlib.sha256()
        while True:
            plain, last = self._next()
            if last:
                break
            text = zlib.decompress(plain)
            digest.update(text)
            yield from text.splitlines(keepends=True)
        self.sha256 = digest.hexdigest()
        if plain != self.sha256.encode() or self._file.read(1):
            raise BadBackup("damaged")

    def _next(self) -> tuple[bytes, bool]:
        mark = int.from_bytes(self._exactly(4), "big")
        size, last = mark & ~LAST, bool(mark & LAST)
        if size > LONGEST_CHUNK:
            raise BadBackup("damaged")
        return self._box.open(self._exactly(size), last=last), last

    def _exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) != size:
            raise BadBackup("damaged")
        return found


class _Box:
    """Seals chunk after chunk, or opens them in the same order."""

    def __init__(self, root: bytes, header: Header, clear: bytes) -> None:
        made = HKDF(SHA256(), length=32, salt=header.salt, info=f"khach-quen backup {header.kind}".encode())
        self._cipher = AESGCM(made.derive(root))
        self._place = hashlib.sha256(clear).digest()
        self._number = 0

    def seal(self, plain: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), plain, self._place)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last), sealed, self._place)
        except (InvalidTag, ValueError):
            raise BadBackup("damaged") from None

    def _nonce(self, last: bool) -> bytes:
        self._number += 1
        return self._number.to_bytes(11, "big") + bytes([last])


def peek(file: IO[bytes]) -> Header:
    """The header alone, which needs no key and is not vouched for. Raises BadBackup."""
    return _read_clear(file)[0]


def _read_clear(file: IO[bytes]) -> tuple[Header, bytes]:
    first = file.readline(len(FORMAT))
    second = file.readline(LONGEST_HEADER)
    if first != FORMAT:
        raise BadBackup("no_backup")
    try:
        return Header.from_line(second), first + second
    except (ValueError, KeyError, TypeError):
        raise BadBackup("damaged") from None


def line(value: object) -> bytes:
    """One line of JSON; bytes within it are wrapped."""
    return _ENCODER.encode(value).encode() + b"\n"


def value(text: bytes) -> object:
    """What `line` was given, tuples as lists."""
    return _DECODER.decode(text.decode())


def _wrap(found: object) -> object:
    if isinstance(found, bytes | memoryview):
        return {"b": b2a_base64(found, newline=False).decode()}
    raise TypeError(f"a backup cannot hold a {type(found).__name__}")


def _unwrap(found: dict[str, object]) -> object:
    wrapped = found.get("b")
    return a2b_base64(wrapped) if isinstance(wrapped, str) else found


_ENCODER = json.JSONEncoder(default=_wrap, separators=(",", ":"))
_DECODER = json.JSONDecoder(object_hook=_unwrap)
