"""Columns for the shop's own fields: a head that is a field's name. What stands there fills what is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields, typing, values
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.customers.traits.typing import BadCustomValue, Value
from loyalty.exchange import columns
from loyalty.exchange.columns import Layout
from loyalty.exchange.models import ImportBatch
from loyalty.exchange.packing import Line
from loyalty.staff.audit import Author

UNCLEAR = "own_unclear"  # the notice of a cell that is no value of its field
PREFIX = "own:"  # what the page calls such a column


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields a sheet has columns for, each with the index of its column."""

    places: Mapping[str, tuple[CustomField, int]]

    def read(self, line: Line, notices: list[str]) -> dict[str, Value]:
        """The values of a row; a cell that is none is left out and noticed: the customer is worth more than it."""
        found: dict[str, Value] = {}
        for key, (field, index) in self.places.items():
            cell = line.cells[index] if index < len(line.cells) else None
            if cell is None or str(cell).strip() in ("", "-", "–"):
                continue
            try:
                found[key] = typing.parse(field, cell)
            except BadCustomValue:
                notices.append(UNCLEAR)
        return found


NO_COLUMNS = Columns({})


def recognised(session: Session, layout: Layout) -> dict[str, int]:
    """The column of each field that a head names for certain, and no field of every shop does."""
    named = {
        columns.plain(text): key
        for key, field in fields.by_key(session).items()
        for text in (field.name_en, field.name_vi, key.replace("_", " "))
    }
    found: dict[str, int] = {}
    for column in layout.columns:
        key = named.get(columns.plain(column.head))
        if key is not None and columns.field_named(column.head) is None:
            found.setdefault(key, column.index)
    return found


def of_batch(session: Session, batch: ImportBatch) -> Columns:
    """How a batch's rows are to be read; a field put away since is not."""
    known = fields.by_key(session)
    chosen: Mapping[str, int] = batch.options.get("own", {})
    return Columns({key: (known[key], index) for key, index in chosen.items() if key in known})


def of_people(session: Session, customers: Sequence[Customer], wanted: bool) -> Mapping[int, Mapping[str, Value]]:
    """What these people have there already, when any row brings something."""
    if not wanted:
        return {}
    held = values.of_many(session, customers)
    return {customer_id: {each.field.key: each.value for each in theirs} for customer_id, theirs in held.items()}


def fill(
    session: Session, batch: ImportBatch, given: Mapping[str, Value], customer_id: int, now: datetime
) -> dict[str, Any]:
    """Put what is empty; what tells later whether it still is as we left it."""
    if not given:
        return {}
    customer = profiles.get(session, customer_id)
    theirs = {held.field.key for held in values.of_customer(session, customer)}
    known = fields.by_key(session)
    wanted = {key: value for key, value in given.items() if key not in theirs and key in known}
    changed = values.put_all(session, customer, wanted, by=Author(batch.actor, "import"), now=now)
    return {"own": {"keys": changed, "at": now.isoformat()}} if changed else {}


def take_back(session: Session, customer_id: int, filled: Mapping[str, Any]) -> bool:
    """Take away what a row put, where nobody wrote since; whether something stays."""
    if "own" not in filled:
        return False
    keys = [fields.get(session, key).id for key in filled["own"]["keys"]]
    ours = (CustomValue.customer_id == customer_id, CustomValue.field_id.in_(keys))
    at = datetime.fromisoformat(filled["own"]["at"])
    gone = delete(CustomValue).where(*ours, CustomValue.source == "import", CustomValue.at == at)
    taken = session.scalars(gone.returning(CustomValue.field_id)).all()
    return len(taken) < len(keys)
