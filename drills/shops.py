"""Preparing a shop for a drill, and checking its books."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlalchemy.orm import Session

import loyalty
from loyalty import settings
from loyalty.channels import accounts
from loyalty.customers import consents, identities
from loyalty.customers.models import ChannelIdentity
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.settings import Settings
from tests.world import OA, SECRETS

FREE = timedelta(hours=48)


def settings_for(url: str) -> Settings:
    return settings.load({**SECRETS, "LOYALTY_DATABASE_URL": url, "LOYALTY_QUIET_HOURS": ""})


def open_shop(url: str) -> Database:
    """Migrate and open."""
    opening.migrate(settings_for(url))
    return opening.open_database(settings_for(url))


def book_problems(database: Database) -> list[str]:
    """What `loyalty verify` would list."""
    names = [f"loyalty.{part.name}.verify" for part in iter_modules(loyalty.__path__) if part.ispkg]
    modules = [import_module(name) for name in names if find_spec(name)]
    with database.read_only() as session:
        return [problem for module in modules if hasattr(module, "problems") for problem in module.problems(session)]


def make_subscribers(database: Database, count: int) -> Sequence[str]:
    """People who wrote a moment ago and agreed to offers; their Zalo ids."""
    users = [f"61{number:017d}" for number in range(count)]
    now = datetime.now(UTC)
    for start in range(0, count, 200):
        with database.transaction() as session:
            account = accounts.ensure(session, "zalo", OA, window=FREE, now=now)
            for user in users[start : start + 200]:
                identity, _new = identities.arrive(session, account, user, source="zalo", now=now)
                identity.profile_due_at = None
                identities.touch(session, identity, now=now)
                _agree(session, identity, user, now)
    return users


def _agree(session: Session, identity: ChannelIdentity, user: str, now: datetime) -> None:
    consents.record(
        session,
        identity,
        consents.Purpose.PROMOTION,
        True,
        text_version="drill",
        locale="vi",
        event_key=f"drill:{user}",
        words="đồng ý",
        now=now,
    )
