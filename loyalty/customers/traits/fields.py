"""The shop's own fields: defined without code, each with its kind, its purpose and how long a value is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers.consents import Purpose
from loyalty.customers.traits.models import CustomField
from loyalty.customers.traits.typing import Kind
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.staff.audit import Author
from loyalty.typed import fold

PREFIX = "custom."
MOST = 60  # fields a shop has at once
MOST_CHOICES, LONGEST_CHOICE = 50, 60
LONGEST_NAME = 60
MOST_MONTHS = 240
PURPOSES = (Purpose.PERSONALISATION, Purpose.CARE, Purpose.PROMOTION, Purpose.EVALUATION)

_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")


class CustomFieldNotFound(NotFound):
    """No field of the shop has this key."""

    code = "custom_field_not_found"


class CustomFieldTaken(Conflict):
    """A field has this key already, perhaps one that was put away: that one may be brought back."""

    code = "custom_field_taken"


class TooManyFields(RuleViolation):
    """A shop has at most `most` fields of its own."""

    code = "too_many_fields"


class BadCustomField(RuleViolation):
    """A definition that is not whole; `field` names what is wrong with it."""

    code = "custom_field"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem, field=field, problem=problem)


@dataclass(frozen=True, slots=True)
class Definition:
    """What the owner states. `choices` only for one of a list; `months`: so long a value is kept."""

    key: str
    name_vi: str
    name_en: str
    kind: str
    purpose: str
    months: int
    personal: bool = False
    choices: Sequence[str] = ()


def define(session: Session, wanted: Definition, *, by: Author, now: datetime) -> CustomField:
    """A new field. Raises BadCustomField, CustomFieldTaken, TooManyFields; nothing is made then."""
    values = _checked(wanted)
    if len(list_all(session)) >= MOST:
        raise TooManyFields(most=MOST)
    values |= {"key": wanted.key, "kind": wanted.kind, "personal": wanted.personal}
    values |= {"created_by": by.actor, "created_at": now}
    insert = upsert.insert(session, CustomField).values(values).on_conflict_do_nothing(index_elements=["key"])
    made: CustomField | None = session.scalar(insert.returning(CustomField))
    if made is None:
        raise CustomFieldTaken
    return made


def change(session: Session, field: CustomField, wanted: Definition) -> list[str]:
    """State names, purpose, months and choices anew; which of them changed. Key, kind and privacy stay what they are.

    A list is only added to: people and rules may have what is on it. Raises BadCustomField.
    """
    values = _checked(replace(wanted, key=field.key, kind=field.kind, personal=field.personal))
    if gone := [choice for choice in field.choices if choice not in values["choices"]]:
        raise BadCustomField("choices", f"{gone[0]} stays on the list: people and rules may have it")
    changed = [name for name, value in values.items() if getattr(field, name) != value]
    for name in changed:
        setattr(field, name, values[name])
    session.flush()
    return changed


def stated(field: CustomField, anew: Mapping[str, Any]) -> Definition:
    """What a field is, with some of it stated anew."""
    named = ("key", "name_vi", "name_en", "kind", "purpose", "months", "personal", "choices")
    return Definition(**{name: anew.get(name, getattr(field, name)) for name in named})


def archive(session: Session, field: CustomField, *, now: datetime) -> bool:
    """Put it away: values stay until their time is over, nobody writes new ones. False when it was already.

    Whether something still uses it, `loyalty.insights.field_use` knows and is asked first.
    """
    if field.archived_at is not None:
        return False
    field.archived_at = now
    session.flush()
    return True


def bring_back(session: Session, field: CustomField) -> bool:
    """Raises TooManyFields."""
    if field.archived_at is None:
        return False
    if len(list_all(session)) >= MOST:
        raise TooManyFields(most=MOST)
    field.archived_at = None
    session.flush()
    return True


def list_all(session: Session, *, archived: bool = False) -> Sequence[CustomField]:
    """The fields in use in the order they were made; with `archived`, those put away after them."""
    query = select(CustomField).order_by(CustomField.archived_at.is_not(None), CustomField.id)
    return session.scalars(query if archived else query.where(CustomField.archived_at.is_(None))).all()


def by_key(session: Session) -> Mapping[str, CustomField]:
    """The fields in use."""
    return {field.key: field for field in list_all(session)}


def get(session: Session, key: str) -> CustomField:
    """One by its key, in use or put away. Raises CustomFieldNotFound."""
    found = session.scalar(select(CustomField).filter_by(key=key)) if _KEY.fullmatch(key) else None
    if found is None:
        raise CustomFieldNotFound
    return found


def name_in(field: CustomField, locale: str) -> str:
    return field.name_en if locale == "en" else field.name_vi


def _checked(wanted: Definition) -> dict[str, Any]:
    """The columns that may change. Raises BadCustomField."""
    if not _KEY.fullmatch(wanted.key):
        raise BadCustomField("key", "small letters, digits and _, a letter first, such as shoe_size")
    if wanted.kind not in [*Kind]:
        raise BadCustomField("kind", f"one of {', '.join(Kind)}")
    if wanted.purpose not in PURPOSES:
        raise BadCustomField("purpose", f"state what it is for: one of {', '.join(PURPOSES)}")
    if not 1 <= wanted.months <= MOST_MONTHS:
        raise BadCustomField("months", f"kept for 1 to {MOST_MONTHS} months, such as 24")
    names = {f"name_{locale}": _name(wanted, locale) for locale in ("vi", "en")}
    return {**names, "purpose": wanted.purpose, "months": wanted.months, "choices": _choices(wanted)}


def _name(wanted: Definition, locale: str) -> str:
    name = fold.quote(getattr(wanted, f"name_{locale}"), LONGEST_NAME + 1).strip()
    if not 0 < len(name) <= LONGEST_NAME or "{" in name or "}" in name:
        raise BadCustomField(f"name_{locale}", f"1 to {LONGEST_NAME} characters, such as Cỡ giày · Shoe size")
    return name


def _choices(wanted: Definition) -> list[str]:
    if wanted.kind != Kind.CHOICE:
        return []
    choices = [text for text in (fold.quote(each, LONGEST_CHOICE + 1).strip() for each in wanted.choices) if text]
    folded = {fold.fold(choice) for choice in choices}
    if not 0 < len(choices) <= MOST_CHOICES or len(folded) < len(choices):
        raise BadCustomField("choices", f"1 to {MOST_CHOICES} different ones, such as S, M, L")
    if any(len(choice) > LONGEST_CHOICE for choice in choices):
        raise BadCustomField("choices", f"each at most {LONGEST_CHOICE} characters")
    return choices
