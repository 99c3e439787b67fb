"""The five segments as segments like others: rows with an id, a name and rules that everything else can use."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.db import public_id_of
from loyalty.segments import advice, five
from loyalty.segments.models import Segment


def rules_of(code: str) -> dict[str, Any]:
    return {"field": "five", "op": "=", "value": code}


def ensure(session: Session, *, now: datetime) -> None:
    """Make those that are missing, called as in the shop's language; what was renamed or removed stays so."""
    known = set(session.scalars(select(Segment.code).where(Segment.kind == "five")))
    locale = shop.of(session).locale
    for code in five.CODES:
        if code in known:
            continue
        values = {
            "public_id": public_id_of(f"segment five {code}"),
            "name": advice.NAMES[code].in_(locale),
            "rules": rules_of(code),
            "created_at": now,
            "kind": "five",
            "code": code,
        }
        insert = upsert.insert(session, Segment).values(values)
        session.execute(insert.on_conflict_do_nothing(index_elements=["public_id"]))
    session.flush()


def list_all(session: Session) -> Sequence[Segment]:
    """Those that were not removed, in their order."""
    found = session.scalars(select(Segment).where(Segment.kind == "five", Segment.removed_at.is_(None))).all()
    return sorted(found, key=lambda segment: five.CODES.index(segment.code) if segment.code in five.CODES else 0)


def is_missing(session: Session) -> bool:
    """Whether none was made yet: no worker has run since the shop began, or since it was renewed."""
    return session.scalar(select(Segment.id).where(Segment.kind == "five").limit(1)) is None
