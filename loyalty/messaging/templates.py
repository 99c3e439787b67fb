"""The templates a platform approved: kept as it tells of them, chosen for a purpose, their blanks filled in."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount
from loyalty.customers import profiles
from loyalty.db import new_public_id
from loyalty.errors import NotFound, RuleViolation
from loyalty.messaging import ways
from loyalty.messaging.models import MessageTemplate, TemplateUse
from loyalty.messaging.platforms import RULES
from loyalty.messaging.ways import Choice
from loyalty.staff import audit
from loyalty.staff.audit import Author

ENABLED, GONE = "enabled", "gone"
PLACES: Mapping[str, Sequence[str]] = {  # what may stand in a template, by what it is used for
    "awarded": ("name", "shop", "points", "balance", "tier", "amount", "store", "day"),
    "adjusted": ("name", "shop", "points", "balance", "tier", "day"),
    "expiring": ("name", "shop", "points", "balance", "tier", "day"),
    "tier_up": ("name", "shop", "tier", "points", "balance", "day"),
    "tier_warning": ("name", "shop", "tier", "lower", "more", "balance", "day"),
    "tier_fell": ("name", "shop", "tier", "before", "balance", "day"),
    "service": ("name", "shop", "text"),
    "promotion": ("name", "shop", "balance", "text", "voucher", "voucher_until"),
}
LONGEST = 200  # characters kept of what a platform calls things
MOST_PARAMETERS = 50
CACHE = "template uses"


class TemplateNotFound(NotFound):
    """No template is called that."""

    code = "template_not_found"


class TemplateUnfit(RuleViolation):
    """A template that cannot serve the purpose: `problem` is purpose, status, tag, parameter or place."""

    code = "template_unfit"

    def __init__(self, problem: str, named: str = "") -> None:
        super().__init__(f"{problem} {named}".strip(), problem=problem, named=named)
        self.problem, self.named = problem, named


class Blank(Protocol):
    """One blank of a template, as a channel tells of it."""

    @property
    def name(self) -> str: ...
    @property
    def is_required(self) -> bool: ...
    @property
    def shortest(self) -> int: ...
    @property
    def longest(self) -> int | None: ...


class Told(Protocol):
    """A template as a channel tells of it; prices are whole ₫."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def parameters(self) -> Sequence[Blank]: ...
    @property
    def price_user(self) -> int | None: ...
    @property
    def price_phone(self) -> int | None: ...
    @property
    def quality(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of a template's blanks; or the code of what keeps it back, and the blank it is about."""

    values: Mapping[str, str]
    fault: str | None = None
    parameter: str = ""


def sync(session: Session, account_id: int, told: Iterable[Told], *, now: datetime) -> int:
    """Keep what the platform tells of its templates; returns how many. One it tells of no more is `gone`."""
    known = {
        (row.name, row.locale): row
        for row in session.scalars(sa.select(MessageTemplate).filter_by(channel_account_id=account_id))
    }
    seen: set[tuple[str, str]] = set()
    for each in told:
        key = (_short(each.name), _short(each.locale))
        seen.add(key)
        row = known.get(key)
        if row is None:
            row = known[key] = MessageTemplate(
                public_id=new_public_id(), channel_account_id=account_id, name=key[0], locale=key[1]
            )
            session.add(row)
        _keep(row, each, now)
    for key, row in known.items():
        if key not in seen and row.status != GONE:
            row.status = GONE
    session.flush()
    session.info.pop(CACHE, None)
    return len(seen)


def list_all(session: Session) -> Sequence[MessageTemplate]:
    """Every template ever told of, those that can be sent first, by account and title."""
    is_last = sa.case((MessageTemplate.status == ENABLED, 0), (MessageTemplate.status == GONE, 2), else_=1)
    return session.scalars(
        sa.select(MessageTemplate).order_by(
            is_last, MessageTemplate.channel_account_id, MessageTemplate.title, MessageTemplate.id
        )
    ).all()


def get_public(session: Session, public_id: str) -> MessageTemplate:
    """Any text may be asked for. Raises TemplateNotFound."""
    if not profiles.is_public_id(public_id):
        raise TemplateNotFound
    found = session.scalar(sa.select(MessageTemplate).filter_by(public_id=public_id))
    if found is None:
        raise TemplateNotFound(public_id)
    return found


def list_uses(session: Session) -> Sequence[TemplateUse]:
    return session.scalars(sa.select(TemplateUse).order_by(TemplateUse.purpose, TemplateUse.channel_account_id)).all()


def find_use(session: Session, purpose: str, account_id: int) -> TemplateUse | None:
    if purpose not in PLACES:
        return None
    return session.scalar(sa.select(TemplateUse).filter_by(purpose=purpose, channel_account_id=account_id))


def assign(
    session: Session, purpose: str, template_id: str, mapping: Mapping[str, str], *, by: Author, now: datetime
) -> TemplateUse:
    """From now on this template stands in for the purpose at its account, instead of the one before.

    `mapping` says for each parameter which of our placeholders fills it. Raises TemplateNotFound, TemplateUnfit.
    """
    template = get_public(session, template_id)
    kept = _checked(session, template, purpose, mapping, now)
    session.get_one(ChannelAccount, template.channel_account_id, with_for_update=True)  # two at once: one waits
    use = find_use(session, purpose, template.channel_account_id)
    if use is None:
        use = TemplateUse(purpose=purpose, channel_account_id=template.channel_account_id)
        session.add(use)
    use.template_id, use.mapping, use.by, use.at = template.id, kept, by.actor, now
    session.flush()
    session.info.pop(CACHE, None)
    detail = {"purpose": purpose, "mapping": kept}
    audit.record_by(session, by, "template_chosen", f"template:{template.public_id}", detail=detail, now=now)
    return use


def release(session: Session, purpose: str, template_id: str, *, by: Author, now: datetime) -> None:
    """Nothing stands in for the purpose at this template's account any more. Repeating changes nothing.

    Raises TemplateNotFound.
    """
    template = get_public(session, template_id)
    use = find_use(session, purpose, template.channel_account_id)
    if use is None or use.template_id != template.id:
        return
    session.delete(use)
    session.flush()
    session.info.pop(CACHE, None)
    audit.record_by(
        session, by, "template_released", f"template:{template.public_id}", detail={"purpose": purpose}, now=now
    )


def look_after(session: Session, account_id: int, *, now: datetime) -> None:
    """The owner hears of a chosen template that can be sent no more; the alert ends once it can, or another is chosen.

    Asked after each reading of the account's templates.
    """
    for template in session.scalars(sa.select(MessageTemplate).filter_by(channel_account_id=account_id)):
        mine = [use for use, used in _uses(session) if used.id == template.id]
        ill = [use for use in mine if choice_of(template, use.mapping).fault or template.status != ENABLED]
        subject = f"template:{template.public_id}"
        if ill:
            raising.raise_alert(session, "template_unfit", subject, template.status, now=now)
        else:
            raising.close(session, "template_unfit", subject, now=now)


def is_used(session: Session) -> bool:
    """Whether the shop chose any template at all."""
    return bool(_uses(session))


def choices(session: Session, purpose: str, facts: Mapping[str, str] | None = None) -> Mapping[int, Choice]:
    """By account: the template chosen for the purpose. With `facts` its blanks are filled in, or its fault is told."""
    rows = [(use, template) for use, template in _uses(session) if use.purpose == purpose]
    return {use.channel_account_id: choice_of(template, use.mapping, facts) for use, template in rows}


def choice_of(template: MessageTemplate, mapping: Mapping[str, Any], facts: Mapping[str, str] | None = None) -> Choice:
    """The template as a way of sending needs it."""
    filled = fill(template.parameters, mapping, facts)
    return Choice(
        template.id,
        template.name,
        template.title,
        template.locale,
        template.status == ENABLED,
        template.tag,
        template.price_user,
        template.price_phone,
        filled.fault,
        filled.parameter,
        filled.values,
    )


def fill(
    parameters: Sequence[Mapping[str, Any]], mapping: Mapping[str, Any], facts: Mapping[str, str] | None
) -> Filled:
    """Put the facts into the blanks, in the platform's order. Without `facts` only the mapping is looked at.

    A required blank without a placeholder is `template_mapping`; a value that is missing, too short or too long is
    `template_value`: nobody is ever sent an empty place.
    """
    values: dict[str, str] = {}
    for blank in parameters:
        name, place = blank["name"], mapping.get(blank["name"])
        if place is None:
            if blank["is_required"]:
                return Filled({}, "template_mapping", name)
            continue
        if facts is None:
            continue
        value = unicodedata.normalize("NFC", " ".join(facts.get(place, "").split()))
        if not value and not blank["is_required"]:
            continue
        longest = blank["longest"]
        if not value or len(value) < blank["shortest"] or (longest is not None and len(value) > longest):
            return Filled({}, "template_value", name)
        values[name] = value
    return Filled(values)


def _checked(
    session: Session, template: MessageTemplate, purpose: str, mapping: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """The mapping as it is kept. Raises TemplateUnfit."""
    if purpose not in PLACES:
        raise TemplateUnfit("purpose", purpose[:40])
    if template.status != ENABLED:
        raise TemplateUnfit("status", template.status)
    kind = accounts.get(session, template.channel_account_id).kind
    if not RULES.carries(kind, template.tag, ways.purpose_of(purpose), now):
        raise TemplateUnfit("tag", template.tag)
    names = [blank["name"] for blank in template.parameters]
    kept: dict[str, Any] = {name: place for name, place in mapping.items() if place}
    if unknown := sorted(set(kept) - set(names)):
        raise TemplateUnfit("parameter", unknown[0][:40])
    if strange := sorted({str(place) for place in kept.values()} - set(PLACES[purpose])):
        raise TemplateUnfit("place", strange[0][:40])
    if (filled := fill(template.parameters, kept, None)).fault is not None:
        raise TemplateUnfit("parameter", filled.parameter)
    return kept


def _uses(session: Session) -> Sequence[tuple[TemplateUse, MessageTemplate]]:
    """Every choice with its template, read once in a transaction: there are a handful, asked about by every message."""
    found: Sequence[tuple[TemplateUse, MessageTemplate]] | None = session.info.get(CACHE)
    if found is None:
        query = sa.select(TemplateUse, MessageTemplate).join(
            MessageTemplate, MessageTemplate.id == TemplateUse.template_id
        )
        found = session.info[CACHE] = [(row[0], row[1]) for row in session.execute(query)]
    return found


def _keep(row: MessageTemplate, told: Told, now: datetime) -> None:
    row.title, row.status, row.tag = _short(told.title) or row.name, _short(told.status), _short(told.tag)
    row.parameters = [
        {"name": _short(each.name), "is_required": each.is_required, "shortest": each.shortest, "longest": each.longest}
        for each in told.parameters[:MOST_PARAMETERS]
    ]
    row.price_user, row.price_phone = _price(told.price_user), _price(told.price_phone)
    row.quality, row.synced_at = _short(told.quality), now


def _price(stated: int | None) -> int | None:
    return stated if stated is not None and 0 <= stated < 10**9 else None


def _short(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(char for char in text if char.isprintable()))[:LONGEST]
