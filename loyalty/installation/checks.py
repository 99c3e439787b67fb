"""What `loyalty doctor` looks at: each check ends well, or names one fault whose cure is known."""

import shutil
import sqlite3
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.alerts import raising
from loyalty.channels import accounts, outages
from loyalty.channels.models import ChannelToken
from loyalty.choices import chosen, sending
from loyalty.db import Database, keyring
from loyalty.installation import misspelt, opening, schema
from loyalty.installation.backups import shelf
from loyalty.installation.backups.envelope import BadBackup
from loyalty.messaging import inbox
from loyalty.messaging.models import InboundEvent, OutboundMessage, is_lost, is_parked
from loyalty.settings import Settings, SettingsError
from loyalty.vault import keys
from loyalty.vault.models import CryptoKey

OLDEST_SQLITE = (3, 40, 0)
OLDEST_POSTGRESQL = 15
LEAST_SPACE = 500 * 2**20  # bytes
SKEW = timedelta(seconds=5)
QUEUE_AGE = timedelta(minutes=5)
BACKUP_AGE = timedelta(hours=36)
SHORTEST_SECRET = 8  # characters
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Check:
    """`name` says what was looked at, `fault` what is wrong with it; the facts fill either sentence."""

    name: str
    fault: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def of_environment() -> Iterator[Check]:
    """Variables that look like settings and are none: whoever set one believes that it changes something."""
    for name, nearest in misspelt.find().items():
        if nearest is not None:  # else it may well be another program's
            yield Check("variables", "variable_misspelt", {"name": name, "nearest": nearest})


def of_machine(settings: Settings) -> Iterator[Check]:
    """The folder for data and keys, who may read them, and the room that is left."""
    var = settings.var
    if settings.secret_key:
        yield Check("secret", "secret_short" if len(settings.secret_key) < SHORTEST_SECRET else None)
    yield Check("var", None if _is_writable(var) else "var_closed", {"path": var})
    for path in (var / keys.DATA_FILE, var / keys.SECRET_FILE):
        if path.exists():
            fault = "key_open" if path.stat().st_mode & OPEN_TO_OTHERS else None
            yield Check("key_file", fault, {"path": path})
    free = shutil.disk_usage(_existing(_data_folder(settings))).free
    yield Check("disk", "disk_full" if free < LEAST_SPACE else None, {"free": free // 2**20})


def of_database(settings: Settings, *, now: datetime) -> Iterator[Check]:
    """Reachable, new enough, its schema ours, its keys at hand. Stops at the first fault: what follows rests on it."""
    database = Database(settings.database_url)
    try:
        for check in _steps(database, settings, now):
            yield check
            if check.fault:
                return
    finally:
        database.close()


def of_shop(session: Session, settings: Settings, *, connected: bool) -> Iterator[Check]:
    """What customers are told of the shop, and the address platforms call; a demo shop needs neither."""
    if shop.of(session).demo:
        return
    kept = chosen.row(session)
    for name, value in (
        ("shop_name", kept.name or settings.shop_name),
        ("shop_contact", kept.contact or settings.shop_contact),
    ):
        yield Check(name, None if value else f"{name}_missing", {"value": value})
    if connected:
        fault = None if is_public(settings.base_url) else "base_url_private"
        yield Check("base_url", fault, {"url": settings.base_url})


def of_channel(session: Session, settings: Settings, kind: str, external_id: str, *, now: datetime) -> Iterator[Check]:
    """One connected account: may it send, is its token good, do its events arrive."""
    facts = {"channel": kind, "account": external_id, "url": f"{settings.base_url}/webhooks/{kind}"}
    account = accounts.find(session, kind, external_id)
    if account is not None and account.stopped_at is not None:
        fault = "channel_off" if account.stopped_reason == accounts.BY_HAND else "channel_stopped"
        yield Check("channel", fault, facts | {"reason": account.stopped_reason})
    elif account is not None and (outage := outages.find(session, account.id)) is not None:
        yield Check("channel", "channel_down", facts | {"since": outage.since, "at": outage.probe_at})
    else:
        yield Check("channel", None, facts)
    if hasattr(settings, f"{kind}_refresh_token"):  # its tokens rotate
        token = session.get(ChannelToken, account.id) if account else None
        age = {"expires_at": token.expires_at, "since": token.updated_at} if token else {}
        yield Check("token", _fault_of(token, settings, kind, now), facts | age)
    received_at = inbox.last_received(session, kind, external_id)
    yield Check("events", None if received_at else "events_none", facts | {"at": received_at})


def of_queues(session: Session, *, now: datetime) -> Iterator[Check]:
    """What waits: for a worker, or for a person."""
    age = inbox.oldest_waiting(session, now)
    yield Check("inbox", "inbox_late" if age > QUEUE_AGE else None, {"minutes": int(age.total_seconds() // 60)})
    parked = _count(session, sa.select(InboundEvent.id).where(is_parked(InboundEvent)))
    yield Check("parked", "parked_some" if parked else None, {"count": parked})
    unknown = _count(
        session, sa.select(OutboundMessage.id).where(is_lost(OutboundMessage), OutboundMessage.state == "unknown")
    )
    yield Check("unknown", "unknown_some" if unknown else None, {"count": unknown})
    stop = sending.find_stop(session)
    yield Check("sending", "sending_stopped" if stop else None, {"since": stop.at} if stop else {})
    kinds = Counter(alert.kind for alert in raising.list_open(session))
    told = ", ".join(f"{kind} ×{times}" for kind, times in sorted(kinds.items()))
    yield Check("alerts", "alerts_open" if kinds else None, {"kinds": told})


def of_backups(session: Session, settings: Settings, *, now: datetime) -> Check:
    """The newest nightly backup; it bears its name only because it was read back whole."""
    folder = shelf.nightly(settings, keyring(session))
    try:
        newest = shelf.newest(settings, folder)
    except (BadBackup, OSError) as error:
        return Check("backup", "backup_unreadable", {"path": folder, "reason": getattr(error, "code", str(error))})
    if newest is not None:
        age = now - newest.created_at
        facts = {"at": newest.created_at, "hours": int(age.total_seconds() // 3600), "path": folder}
        if not (folder / shelf.KEYS_NAME).exists():
            return Check("backup", "backup_keyless", facts)
        return Check("backup", "backup_old" if age > BACKUP_AGE else None, facts)
    born_at = session.scalar(sa.select(sa.func.min(CryptoKey.created_at)))
    is_young = born_at is not None and now - born_at < BACKUP_AGE
    return Check("backup_soon") if is_young else Check("backup", "backup_none", {"path": folder})


def _steps(database: Database, settings: Settings, now: datetime) -> Iterator[Check]:
    try:
        with database.engine.connect() as connection:
            yield _version(connection)
            yield from _clock(connection, now)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        yield Check("database", "database_unreachable", {"reason": (reason or ["?"])[0]})
        return
    found, wanted = schema.current(database), schema.newest()
    yield Check("schema", None if found == wanted else "schema_old", {"found": found or "–", "wanted": wanted})
    try:
        opening.open_database(settings).close()
    except SettingsError as error:
        yield Check("keys", "keys_missing", {"reason": error})
        return
    yield Check("keys", None, {"path": settings.var / keys.DATA_FILE, "from_settings": bool(settings.data_keys)})


def _version(connection: sa.Connection) -> Check:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("SELECT 1")
        fault = "database_old" if sqlite3.sqlite_version_info < OLDEST_SQLITE else None
        return Check("database", fault, {"engine": "SQLite", "version": sqlite3.sqlite_version, "needed": "3.40"})
    number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    facts = {"engine": "PostgreSQL", "version": f"{number // 10_000}.{number % 10_000}", "needed": OLDEST_POSTGRESQL}
    return Check("database", "database_old" if number // 10_000 < OLDEST_POSTGRESQL else None, facts)


def _clock(connection: sa.Connection, now: datetime) -> Iterator[Check]:
    """An embedded database lives by this machine's clock; a server has its own."""
    if connection.dialect.name == "sqlite":
        return
    theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    skew = theirs - now
    yield Check("clock", "clock_skew" if abs(skew) > SKEW else None, {"seconds": round(skew.total_seconds(), 1)})


def _fault_of(token: ChannelToken | None, settings: Settings, kind: str, now: datetime) -> str | None:
    if token is None:
        return None if getattr(settings, f"{kind}_refresh_token") else "token_missing"
    if token.state != "ok":
        return "token_lost"
    return "token_expired" if token.expires_at <= now else None


def _count(session: Session, rows: sa.Select[int]) -> int:
    """How many there are, looked up in an index of just these."""
    return session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0


def is_public(url: str) -> bool:
    """Whether a platform outside can call it: https, and no address of a private network."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_outside = ip_address(host).is_global
    except ValueError:
        is_outside = "." in host and not host.endswith((".localhost", ".local", ".internal"))
    return parts.scheme == "https" and is_outside


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _data_folder(settings: Settings) -> Path:
    url = sa.make_url(settings.database_url)
    is_embedded = url.get_backend_name() == "sqlite" and url.database
    return Path(url.database).parent if is_embedded and url.database else settings.var


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    absolute = folder.absolute()
    return next(path for path in (absolute, *absolute.parents) if path.exists())
