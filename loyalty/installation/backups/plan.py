"""What a restore does to whichever database it is given."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.db import Base
from loyalty.installation.backups import aftermath, loading, survivors, tables
from loyalty.installation.backups.aftermath import Settled
from loyalty.installation.backups.loading import Source
from loyalty.installation.backups.survivors import Survivors
from loyalty.installation.backups.tables import Say
from loyalty.settings import Settings


@dataclass
class Plan:
    """Look at what is to be replaced, then fill what replaces it, both in the transaction the engine opened."""

    source: Source
    settings: Settings
    now: datetime
    say: Say
    settled: Settled = field(default_factory=Settled)
    tokens: int = 0  # put back, see `survivors`

    @property
    def mark(self) -> str:
        """When, in the shop's time: names what was replaced."""
        return f"{self.now.astimezone(self.settings.timezone):%Y%m%d-%H%M%S}"

    @property
    def tables(self) -> Collection[str]:
        """The names a restored database needs for itself."""
        return {*self.source.data.rows, *self.source.keys.rows, *Base.metadata.tables, tables.SCHEMA_TABLE}

    def look(self, connection: sa.Connection) -> Survivors:
        return survivors.find(connection, self.source.data.header.installation, self.settings)

    def fill(self, connection: sa.Connection, found: Survivors) -> None:
        """Load everything, then settle what an earlier hour left open."""
        loading.load(connection, self.source, self.say)
        with Session(connection) as session:
            self.settled = aftermath.settle(session, found, now=self.now)
            self.tokens = survivors.keep_tokens(session, found)
