"""Opening the shop's database: schema, keys, shop facts, in that order, or a refusal that names the cure."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.installation import clear_words, schema
from loyalty.installation.models import Installation
from loyalty.settings import Settings
from loyalty.shop import Shop
from loyalty.vault import keys
from loyalty.wording import overrides


class OldSchema(LoyaltyError):
    """The database is older (or newer) than the program."""

    code = "old_schema"
    spoken = True


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema, give an empty one its keys, re-wrap keys after a root rotation."""
    if settings.database_url == Settings().database_url:
        settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        _refuse_newer(schema.current(database))
        clear_words.seal_all(database, settings)
        schema.upgrade(database)
        with database.transaction() as session:
            keys.create(session, settings, now=datetime.now(UTC))
            session.flush()
            keys.open_keyring(session, settings)
            keys.rewrap(session, settings)
    finally:
        database.close()


def open_database(settings: Settings) -> Database:
    """The database, ready for work. Raises OldSchema, SettingsError."""
    database = Database(settings.database_url)
    try:
        _refuse_other_schema(database)
        with database.read_only() as session:
            database.keyring = keys.open_keyring(session, settings)
    except BaseException:
        database.close()
        raise
    database.watch_shop(lambda session: _shop(session, settings))
    return database


def _shop(session: Session, settings: Settings) -> tuple[Shop, Shop]:
    """The shop as the settings have it, and as its owner does. Whether it is a demo shop may change while we run."""
    settled = Shop.from_settings(settings, demo=bool(session.scalar(sa.select(Installation.demo))))
    return settled, replace(chosen.over(session, settled), wording=overrides.of(session))


def _refuse_other_schema(database: Database) -> None:
    found, wanted = schema.current(database), schema.newest()
    _refuse_newer(found)
    if found != wanted:
        raise OldSchema(
            f"The database is at schema {found or 'none'}, this program needs {wanted}. Run: loyalty migrate"
        )


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in schema.known():
        raise OldSchema(f"The database is at schema {found}, newer than this program ({schema.newest()}). Upgrade it")
