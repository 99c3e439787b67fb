"""Where the root keys lie, and the installation keys they open."""

import base64
import os
import secrets
import tempfile
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.crypto import Keyring
from loyalty.settings import Settings, SettingsError
from loyalty.vault.models import CryptoKey

DATA_FILE = "data.key"
SECRET_FILE = "secret.key"  # noqa: S105  # a file's name
PURPOSES = ("data", "index")


def roots(settings: Settings) -> tuple[bytes, ...]:
    """The root keys at hand, newest first: from the settings, else from the key file; () when there are none."""
    if settings.data_keys:
        return settings.data_keys
    path = settings.var / DATA_FILE
    if not path.exists():
        return ()
    keys = tuple(_decode(path, part) for part in path.read_text(encoding="ascii").replace(",", "\n").split())
    if not keys:
        raise SettingsError("LOYALTY_DATA_KEYS", f"the key file {path} is empty; put the root key back into it")
    return keys


def make_roots(settings: Settings) -> tuple[bytes, ...]:
    """The root keys at hand; where there are none, a new one in a file that is never overwritten."""
    if not roots(settings):
        _make_file(settings.var / DATA_FILE)
    return roots(settings)


def secret(settings: Settings) -> bytes:
    """What signs sessions and links: the setting, else its file, made on first need."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path = settings.var / SECRET_FILE
    if not path.exists():
        _make_file(path)
    return path.read_bytes().strip()


def create(session: Session, settings: Settings, *, now: datetime) -> None:
    """Give an empty database its installation keys; one that has them keeps them."""
    if session.scalar(sa.select(CryptoKey.id).limit(1)):
        return
    root = make_roots(settings)[0]
    for purpose in PURPOSES:
        wrapped = crypto.wrap(root, secrets.token_bytes(32), purpose, 1)
        session.add(
            CryptoKey(purpose=purpose, version=1, wrapped=wrapped, root=crypto.fingerprint(root), created_at=now)
        )


def open_keyring(session: Session, settings: Settings) -> Keyring:
    """The installation's keys. Raises SettingsError when no root key at hand opens them."""
    rows = session.scalars(sa.select(CryptoKey)).all()
    at_hand = roots(settings)
    try:
        opened = {
            (row.purpose, row.version): crypto.unwrap(at_hand, row.wrapped, row.purpose, row.version) for row in rows
        }
    except crypto.Undecryptable:
        wanted = ", ".join(sorted({row.root for row in rows}))
        raise SettingsError(
            "LOYALTY_DATA_KEYS",
            f"the key that opens this database (fingerprint {wanted}) is not there; put it into the variable or into "
            f"{settings.var / DATA_FILE}",
        ) from None
    data = {version: key for (purpose, version), key in opened.items() if purpose == "data"}
    return Keyring(data=data, index=opened["index", 1], secret=secret(settings))


def rewrap(session: Session, settings: Settings) -> int:
    """Wrap every installation key with the newest root key; returns how many changed. Repeating changes nothing."""
    at_hand = roots(settings)
    newest = crypto.fingerprint(at_hand[0])
    stale = session.scalars(sa.select(CryptoKey).where(CryptoKey.root != newest)).all()
    for row in stale:
        key = crypto.unwrap(at_hand, row.wrapped, row.purpose, row.version)
        row.wrapped, row.root = crypto.wrap(at_hand[0], key, row.purpose, row.version), newest
    return len(stale)


def _decode(path: Path, part: str) -> bytes:
    try:
        key = base64.b64decode(part, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise SettingsError("LOYALTY_DATA_KEYS", f"the key file {path} is damaged; put the root key back into it")
    return key


def _make_file(path: Path) -> None:
    """A new random key, whole or not at all, and never over another: two processes end with one file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-key-", delete=False) as draft:
        draft.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
        draft.flush()
        os.fsync(draft.fileno())
    try:
        Path(path).hardlink_to(draft.name)
    except FileExistsError:
        pass
    finally:
        Path(draft.name).unlink()
