"""What the owner chose in the console over what the environment says; each change is kept and can be taken back.

A choice is a plain JSON value: `quiet_hours` is `21:00-08:00` or "" for none, `opening` seven lists of spans.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from loyalty.choices.models import ChoiceChange, ShopChoice
from loyalty.db import look_again, settled_shop
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.settings import Hours
from loyalty.shop import Shop
from loyalty.typed import fold
from loyalty.typed.week import DAYS, HoursUnclear, Week

LONGEST = {"name": 60, "contact": 120, "closed_text": 300}  # characters
MOST_BUDGET = 10**11  # ₫
MOST_CLOSED = 400  # days
MOST_HELD_OUT = 50  # per cent
LOCALES = ("vi", "en")
ADDRESSES = ("ban", "anh_chi")  # «bạn», «anh/chị»


class BadChoice(RuleViolation):
    """A value that cannot be chosen for this `field`."""

    code = "bad_choice"

    def __init__(self, field: str) -> None:
        super().__init__(f"no value for {field}", field=field)


class ChangeNotFound(NotFound):
    """There was no such change."""

    code = "change_not_found"


class ChangedSince(Conflict):
    """Somebody chose anew after this change: taking it back would take that back as well."""

    code = "changed_since"


def row(session: Session) -> ShopChoice:
    """What is stored, as of this transaction."""
    return session.scalars(select(ShopChoice).execution_options(populate_existing=True)).one()


def of(session: Session) -> Shop:
    """The shop with every choice made until now; `shop.of` may lag by seconds."""
    return over(session, settled_shop(session))


def over(session: Session, settled: Shop) -> Shop:
    """The shop as the environment settles it, with what was chosen in its place."""
    kept = row(session)
    texts = {"name": kept.name, "contact": kept.contact, "locale": kept.locale, "monthly_budget": kept.monthly_budget}
    chosen: dict[str, Any] = {name: value for name, value in texts.items() if value is not None}
    if kept.quiet_hours is not None:
        chosen["quiet_hours"] = _hours(kept.quiet_hours)
    if kept.opening is not None:
        chosen["opening"] = Week.of(kept.opening, kept.closed_days or ())
    if kept.offers_in_replies is not None:
        chosen["offers_in_replies"] = kept.offers_in_replies
    return replace(settled, **chosen, closed_text=kept.closed_text or "", address=kept.address or ADDRESSES[0])


def save(session: Session, changes: Mapping[str, Any], *, by: str, now: datetime) -> ChoiceChange | None:
    """Choose new values; None for one goes back to the environment's. Returns None when all is so already.

    Other processes see it within seconds, this one at once after the commit. Raises BadChoice.
    """
    checked = {field: None if value is None else CHECKS[field](field, value) for field, value in changes.items()}
    kept = session.scalars(
        select(ShopChoice).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one()
    before = {field: getattr(kept, field) for field, value in checked.items() if getattr(kept, field) != value}
    if not before:
        return None
    after = {field: checked[field] for field in before}
    for field, value in after.items():
        setattr(kept, field, value)
    change = ChoiceChange(before=before, after=after, by=by, at=now)
    session.add(change)
    session.flush()
    event.listen(session, "after_commit", look_again, once=True)
    return change


def undo(session: Session, change_id: int, *, by: str, now: datetime) -> ChoiceChange | None:
    """Choose again what was chosen before that change; undoing the undoing brings it back.

    Raises ChangeNotFound; ChangedSince when one of its fields holds another value by now.
    """
    change = session.get(ChoiceChange, change_id)
    if change is None:
        raise ChangeNotFound(str(change_id))
    kept = row(session)
    if any(getattr(kept, field) not in (value, change.before[field]) for field, value in change.after.items()):
        raise ChangedSince(str(change_id))
    return save(session, change.before, by=by, now=now)


def list_changes(session: Session, *, before: int | None = None, limit: int = 20) -> Sequence[ChoiceChange]:
    """A page of changes, newest first; `before` is the last id of the page before."""
    query = select(ChoiceChange).order_by(ChoiceChange.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(ChoiceChange.id < before)).all()


def _hours(text: str) -> Hours | None:
    start, _, end = text.partition("-")
    return Hours(time.fromisoformat(start), time.fromisoformat(end)) if text else None


def _words(field: str, value: Any) -> str:
    """One line a person can read; a name is never empty."""
    if not isinstance(value, str):
        raise BadChoice(field)
    words = fold.quote(value, LONGEST[field] + 1)
    if len(words) > LONGEST[field] or (field == "name" and not fold.tokens(words)):
        raise BadChoice(field)
    return words


def _locale(field: str, value: Any) -> str:
    if value not in LOCALES:
        raise BadChoice(field)
    return str(value)


def _address(field: str, value: Any) -> str:
    if value not in ADDRESSES:
        raise BadChoice(field)
    return str(value)


def _budget(field: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_BUDGET:
        raise BadChoice(field)
    return value


def _limit(field: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_BUDGET:
        raise BadChoice(field)
    return value


def _per_cent(field: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MOST_HELD_OUT:
        raise BadChoice(field)
    return value


def _flag(field: str, value: Any) -> bool:
    if type(value) is not bool:
        raise BadChoice(field)
    return value


def _quiet(field: str, value: Any) -> str:
    """A span of the day, or "" for none; one without length is none."""
    try:
        found = _hours(value)
    except (ValueError, AttributeError):
        raise BadChoice(field) from None
    return "" if found is None or found.start == found.end else f"{found.start:%H:%M}-{found.end:%H:%M}"


def _opening(field: str, value: Any) -> list[list[str]]:
    try:
        week = Week.of(value)
    except (ValueError, TypeError, AttributeError, HoursUnclear):
        raise BadChoice(field) from None
    if len(week.days) != DAYS:
        raise BadChoice(field)
    return week.plain()


def _days(field: str, value: Any) -> list[str]:
    try:
        days = sorted({date.fromisoformat(day).isoformat() for day in value})
    except (ValueError, TypeError):
        raise BadChoice(field) from None
    if len(days) > MOST_CLOSED:
        raise BadChoice(field)
    return days


CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "name": _words,
    "contact": _words,
    "locale": _locale,
    "quiet_hours": _quiet,
    "monthly_budget": _budget,
    "opening": _opening,
    "closed_days": _days,
    "closed_text": _words,
    "address": _address,
    "offers_in_replies": _flag,
    "approval_people": _limit,
    "approval_cost": _limit,
    "shop_holdout": _per_cent,
}
