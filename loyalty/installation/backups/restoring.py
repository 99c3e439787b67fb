"""Restoring a backup: everything is verified before anything is replaced, then replaced at once or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from loyalty.installation import opening
from loyalty.installation.backups import loading, postgresql, shelf, sqlite
from loyalty.installation.backups.aftermath import Settled
from loyalty.installation.backups.plan import Plan
from loyalty.installation.backups.tables import Say
from loyalty.settings import Settings
from loyalty.vault import keys


@dataclass(frozen=True, slots=True)
class Restored:
    created_at: datetime  # of the backup: what happened after it is not in the database any more
    rows: Mapping[str, int]  # by table
    settled: Settled
    tokens: int  # channels whose token was kept from the replaced database
    kept: str | None  # where the replaced database lies


def restore(settings: Settings, data_path: Path, *, keys_path: Path | None = None, now: datetime, say: Say) -> Restored:
    """Replace the database of the settings by a backup; without `keys_path` its keys are sought beside it.

    Every process that works with the database must have ended, and starts again afterwards. Raises BadBackup,
    SettingsError, OSError: then nothing was replaced.
    """
    say("checking")
    beside = keys_path or data_path.with_name(shelf.KEYS_NAME)
    plan = Plan(loading.prove(data_path, beside, keys.roots(settings)), settings, now, say)
    url = sa.make_url(settings.database_url)
    kept = (sqlite if url.get_backend_name() == "sqlite" else postgresql).replace(url, plan)
    opening.migrate(settings)  # wraps the installation's keys with the newest root key
    data = plan.source.data
    rows = {**data.rows, **plan.source.keys.rows}
    return Restored(data.header.created_at, rows, plan.settled, plan.tokens, kept)
