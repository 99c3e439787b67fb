"""The rules of every day, the shop's calendar, and what a replay says when it cannot go on."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.faults import BadProgramme
from loyalty.shop import Shop
from loyalty.staff.models import Store


class Unexplained(Exception):
    """What went in does not explain a movement; the sentence names what is missing or cannot be."""


@dataclass(frozen=True)
class Rulebook:
    """All versions of the rules by their first day, ascending."""

    shop: Shop
    days: Sequence[date]
    programmes: Sequence[Programme]
    stores: Mapping[int, str]  # codes

    def on(self, day: date) -> Programme:
        """The rules of a shop day. Raises Unexplained."""
        place = bisect_right(self.days, day)
        if not place:
            raise Unexplained(f"no rules are in force on {day}")
        return self.programmes[place - 1]

    def of(self, version: int | None) -> Programme:
        """One version of them. Raises Unexplained."""
        for programme in self.programmes:
            if programme.version == version:
                return programme
        raise Unexplained(f"there is no programme version {version}")


def read(session: Session) -> tuple[Rulebook, list[str]]:
    """The rules, and a line for each version that cannot be read."""
    days, programmes, faults = [], [], []
    query = select(versions.VERSIONS).order_by(versions.VERSIONS.c.effective_from)
    for row in session.connection().execute(query):
        try:
            programmes.append(versions.parse(row.version, row.document))
            days.append(row.effective_from)
        except BadProgramme as error:
            faults.append(f"programme {row.version}: {error}")
    stores = {row.id: row.code for row in session.execute(select(Store.id, Store.code))}
    return Rulebook(shop.of(session), days, programmes, stores), faults
