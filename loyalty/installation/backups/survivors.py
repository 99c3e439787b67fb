"""What the database about to be replaced knows better than any backup.

Who was erased, who left, which keys were revoked, and which tokens are unspent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from loyalty.channels.models import ChannelAccount, ChannelToken
from loyalty.customers.models import Customer
from loyalty.installation.backups import shelf
from loyalty.settings import Settings, SettingsError
from loyalty.staff.models import ApiKey, StaffMember
from loyalty.vault import keys

TOKEN = tuple(column.key for column in sa.inspect(ChannelToken).columns)


@dataclass(frozen=True, slots=True)
class Survivors:
    erased: Sequence[str] = ()  # public ids of customers
    left: Sequence[str] = ()  # of staff
    revoked: Sequence[str] = ()  # of API keys
    tokens: Sequence[dict[str, Any]] = ()  # columns of channel_token, with kind and external_id of the account


def find(connection: sa.Connection, installation: str, settings: Settings) -> Survivors:
    """What is worth keeping; nothing of a database that is empty, damaged or older than this program."""
    with Session(connection) as session:
        try:
            with session.begin_nested():
                return Survivors(
                    session.scalars(sa.select(Customer.public_id).where(Customer.erased_at.is_not(None))).all(),
                    session.scalars(sa.select(StaffMember.public_id).where(StaffMember.removed_at.is_not(None))).all(),
                    session.scalars(sa.select(ApiKey.public_id).where(ApiKey.revoked_at.is_not(None))).all(),
                    _tokens(session, installation, settings),
                )
        except (SQLAlchemyError, SettingsError, LookupError):
            return Survivors()


def keep_tokens(session: Session, survivors: Survivors) -> int:
    """Put back tokens that were renewed since the backup: a refresh token works once. Returns how many."""
    kept = 0
    for token in survivors.tokens:
        account = session.get(ChannelAccount, token["channel_account_id"])
        if account is None or (account.kind, account.external_id) != (token["kind"], token["external_id"]):
            continue  # its cells are bound to the account's number
        row = session.get(ChannelToken, account.id)
        if row is not None and row.version < token["version"]:
            for name in TOKEN:
                setattr(row, name, token[name])
            kept += 1
    session.flush()
    return kept


def _tokens(session: Session, installation: str, settings: Settings) -> Sequence[dict[str, Any]]:
    """Only of the same installation: another's cells would not open."""
    if shelf.installation_of(keys.open_keyring(session, settings)) != installation:
        return ()
    query = sa.select(*ChannelToken.__table__.c, ChannelAccount.kind, ChannelAccount.external_id)
    found = session.execute(query.join(ChannelAccount, ChannelAccount.id == ChannelToken.channel_account_id))
    return [row._asdict() for row in found]
