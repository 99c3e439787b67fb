"""Whether a document could be the shop's rules: readable, and about stores and segments there are."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.programme import reading
from loyalty.programme.document import Programme
from loyalty.programme.faults import Fault
from loyalty.programme.places import Lines
from loyalty.programme.reading import Reading
from loyalty.staff import stores

NEXT_VERSION = 0  # of a document that is no version yet

Found = tuple[str, str, str, dict[str, object]]  # place, code, example, facts


def check(session: Session, document: str, from_day: date) -> Reading:
    """The document as rules from a shop day on, and all its faults.

    Its `programme` is there whenever it can be read, also with faults of the other sort.
    """
    read = reading.read(NEXT_VERSION, document)
    if read.programme is None:
        return read
    found = _of_shop(session, read.programme, from_day)
    lines = Lines(document)
    faults = [Fault(place, lines.of(place), code, example, facts) for place, code, example, facts in found]
    return Reading(read.programme, tuple(sorted(faults, key=lambda fault: fault.line)))


def _of_shop(session: Session, programme: Programme, from_day: date) -> Iterator[Found]:
    known = sorted(store.code for store in stores.list_all(session))
    asks = any(rule.when.segments for rule in programme.rules)
    names = _segments(session) if asks else {}
    for number, rule in enumerate(programme.rules):
        if not rule.when.stores <= set(known):
            example = f'stores = ["{known[0]}"]'
            yield f"rules[{number}].when.stores", "unknown_store", example, {"known": ", ".join(known)}
        if rule.last and rule.last < from_day:
            yield f"rules[{number}].until", "never_over", f"until = {from_day}", {"until": rule.last}
        if unknown := rule.when.segments - names.keys():
            example = f'segments = ["{next(iter(names), "Khách thân")}"]'
            facts: dict[str, object] = {"typed": ", ".join(sorted(unknown)), "known": ", ".join(sorted(names))}
            yield f"rules[{number}].when.segments", "unknown_segment", example, facts
        if shared := sorted(name for name in rule.when.segments if names.get(name, 1) > 1):
            yield f"rules[{number}].when.segments", "shared_segment", "", {"typed": ", ".join(shared)}


def _segments(session: Session) -> dict[str, int]:
    """What segments may be called by here, names and public ids, and how many there are of each.

    Segments lie below this subject, so that their rules may ask for tiers: only what they are called is looked at.
    """
    table = sa.table("segment", sa.column("public_id"), sa.column("name"), sa.column("removed_at"))
    rows = session.execute(sa.select(table.c.name, table.c.public_id).where(table.c.removed_at.is_(None))).all()
    return Counter(called for row in rows for called in {row.name, row.public_id})
