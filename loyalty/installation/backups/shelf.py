"""The folder backups lie in: names, ages, and which ones may go."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from loyalty.crypto import Keyring
from loyalty.installation.backups.envelope import Header, Reader
from loyalty.settings import Settings
from loyalty.vault import keys

KEYS_NAME = "customer-keys.kqk"
DRAFT = ".partial"
KEPT = 14  # nightly backups
_DATA_NAMES = "khach-quen-*.kqb"


def nightly(settings: Settings, keyring: Keyring) -> Path:
    """Where the nightly backups of this machine lie: a folder for each database it ever served."""
    return settings.var / "backups" / installation_of(keyring)


def data_name(local: datetime) -> str:
    """The name of a data file; `local` is in the shop's time."""
    return f"khach-quen-{local:%Y%m%d-%H%M%S}.kqb"


def data_files(folder: Path) -> Sequence[Path]:
    """Every data file of a folder, newest first."""
    return sorted(folder.glob(_DATA_NAMES), reverse=True)


def newest(settings: Settings, folder: Path) -> Header | None:
    """What the newest backup of a folder says of itself; None when there is none. Raises BadBackup, OSError."""
    found = data_files(folder)
    if not found:
        return None
    with found[0].open("rb") as file:
        return Reader(file, keys.roots(settings)).header


def prune(folder: Path, *, keep: int = KEPT) -> int:
    """Remove all but the newest data files; returns how many went. The keys file stays."""
    old = data_files(folder)[keep:]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def installation_of(keyring: Keyring) -> str:
    """Tells one database's keys from another's without telling them."""
    return hashlib.sha256(b"khach-quen installation\0" + keyring.index).hexdigest()[:16]
