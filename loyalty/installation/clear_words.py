"""Words that stood in clear in the timeline before schema 0051: sealed under their person's key, ahead of its step.

That step has no keys and takes out whatever still stands there.
"""

from collections.abc import Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.settings import Settings
from loyalty.vault import keys, people

SEALED_SINCE = "0051"
KINDS = ("tagged", "untagged", "interest_told", "interest_refused")
CHUNK = 500  # rows in one transaction


def seal_all(database: Database, settings: Settings) -> None:
    """A run that broke off is gone on with; past that schema, nothing. Whose key is gone, their words are left.

    Raises SettingsError when no root key at hand opens the database.
    """
    found, after = schema.current(database), 0
    while found is not None and found < SEALED_SINCE:
        with database.transaction() as session:
            rows = session.scalars(_clear(after)).all()
            if not rows:
                return
            session.info["keyring"] = keys.open_keyring(session, settings)
            _seal(session, rows)
        after = rows[-1].id


def _clear(after: int) -> sa.Select[Activity]:
    row = Activity
    return sa.select(row).where(row.id > after, row.kind.in_(KINDS), row.body.is_(None)).order_by(row.id).limit(CHUNK)


def _seal(session: Session, rows: Sequence[Activity]) -> None:
    people.open_many(session, [row.customer_id for row in rows])
    for row in rows:
        word = row.data.get("tag") or row.data.get("interest")
        with suppress(people.Erased):
            if word:
                row.body = people.seal(session, row.customer_id, word, "activity", "body", row.public_id)
                row.data = {}
