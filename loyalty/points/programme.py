"""The rules of points: a versioned document, in force from a shop day on."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, func, select
from sqlalchemy.orm import Session

from loyalty.errors import RuleViolation
from loyalty.points.models import ProgrammeVersion

RESTARTS = ("never", "yearly", "daily")
WINDOW_MONTHS = 12  # what the totals of a customer are kept for
MOST = 10**12
VERSIONS = ProgrammeVersion.metadata.tables[ProgrammeVersion.__tablename__]


class BadProgramme(RuleViolation):
    """A document that is no programme; the message names the place and the fault."""

    code = "bad_programme"


class NoProgramme(RuleViolation):
    """No version of the rules is in force on that `day`."""

    code = "no_programme"


@dataclass(frozen=True, slots=True)
class Tier:
    """A level: held from `spend` whole ₫ in the window on; its purchases earn `multiplier` times their ₫."""

    code: str
    names: Mapping[str, str]  # by locale
    spend: int
    multiplier: Fraction

    @property
    def multiplier_text(self) -> str:
        """As it was written: `1.25`."""
        exact = Decimal(self.multiplier.numerator) / Decimal(self.multiplier.denominator)
        return f"{exact.normalize():f}"


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of the rules. Money is whole ₫; tiers ascend, the first one asks for nothing."""

    version: int
    name: str
    per_amount: int  # ₫ for one point
    expiry_months: int
    tiers: tuple[Tier, ...]
    restart: str  # receipt numbers begin again: never, yearly, daily
    cashier_bill: int  # ₫ above which a cashier's bill waits for approval

    def rank(self, code: str) -> int:
        """How high a tier stands; 0 for one these rules do not know."""
        return next((rank for rank, tier in enumerate(self.tiers) if tier.code == code), 0)

    def tier(self, code: str) -> Tier:
        """The tier of that code; the lowest one in place of one these rules do not know."""
        return self.tiers[self.rank(code)]

    def tier_for(self, spent: int) -> Tier:
        """The tier so much spent in the window qualifies for."""
        return next((tier for tier in reversed(self.tiers) if tier.spend <= spent), self.tiers[0])


def at(session: Session, day: date) -> Programme:
    """The rules for purchases of a shop day. Raises NoProgramme."""
    row = session.execute(select(VERSIONS.c.version, VERSIONS.c.document).where(in_force(day))).one_or_none()
    if row is None:
        raise NoProgramme(day=day)
    return parse(row.version, row.document)


def get(session: Session, version: int) -> Programme:
    """One version of the rules, in force or not."""
    return parse(
        version, session.execute(select(VERSIONS.c.document).where(VERSIONS.c.version == version)).scalar_one()
    )


def since(session: Session, day: date) -> date:
    """The first day of the rules in force on a shop day. Raises NoProgramme."""
    found: date | None = session.scalar(select(VERSIONS.c.effective_from).where(in_force(day)))
    if found is None:
        raise NoProgramme(day=day)
    return found


def in_force(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that picks the version for a shop day, for a query of one's own."""
    newest = select(func.max(VERSIONS.c.effective_from)).where(VERSIONS.c.effective_from <= day)
    return VERSIONS.c.effective_from == newest.scalar_subquery()


@lru_cache(maxsize=64)
def parse(version: int, document: str) -> Programme:
    """The rules a TOML document states; the same text is read once per process. Raises BadProgramme."""
    try:
        rules = tomllib.loads(document)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadProgramme(f"not TOML: {error}") from None
    if _whole(rules, "qualification", "months") != WINDOW_MONTHS:
        raise BadProgramme(f"qualification.months: must be {WINDOW_MONTHS}")
    return Programme(
        version=version,
        name=_text(rules.get("name"), "name"),
        per_amount=_whole(rules, "earning", "per_amount", least=1),
        expiry_months=_whole(rules, "expiry", "months", least=1, most=1200),
        tiers=_tiers(rules.get("tiers")),
        restart=_restart(rules),
        cashier_bill=_whole(rules, "limits", "cashier_bill"),
    )


def tier_name(programme: Programme, code: str, locale: str) -> str:
    """What a person reads for a tier; the shop's first wording where there is none in their language."""
    names = programme.tier(code).names
    return names.get(locale) or next(iter(names.values()))


def _tiers(documents: Any) -> tuple[Tier, ...]:
    if not isinstance(documents, list) or not documents:
        raise BadProgramme("tiers: at least one is needed")
    tiers = tuple(_tier(document, f"tiers[{place}]") for place, document in enumerate(documents))
    if tiers[0].spend != 0:
        raise BadProgramme("tiers[0].spend: the first tier asks for nothing")
    if any(low.spend >= high.spend for low, high in pairwise(tiers)):
        raise BadProgramme("tiers: each asks for more than the one before")
    if len({tier.code for tier in tiers}) < len(tiers):
        raise BadProgramme("tiers: two have the same code")
    return tiers


def _tier(document: Any, place: str) -> Tier:
    if not isinstance(document, dict):
        raise BadProgramme(f"{place}: must be a table")
    names = document.get("name")
    if not isinstance(names, dict) or not names:
        raise BadProgramme(f"{place}.name: must give a name by language")
    return Tier(
        code=_text(document.get("code"), f"{place}.code"),
        names={locale: _text(name, f"{place}.name.{locale}") for locale, name in names.items()},
        spend=_number(document.get("spend"), f"{place}.spend"),
        multiplier=_multiplier(document.get("multiplier"), f"{place}.multiplier"),
    )


def _multiplier(value: Any, place: str) -> Fraction:
    """Text, because 1.1 as a float is not 1.1."""
    try:
        multiplier = Decimal(value) if isinstance(value, str) and len(value) <= 12 else Decimal("nan")
    except InvalidOperation:
        multiplier = Decimal("nan")
    if not multiplier.is_finite() or not 0 < multiplier <= 100:
        raise BadProgramme(f'{place}: must be a decimal number written as text, such as "1.25"')
    return Fraction(multiplier)


def _restart(rules: Mapping[str, Any]) -> str:
    restart = _section(rules, "receipts").get("restart")
    if restart not in RESTARTS:
        raise BadProgramme(f"receipts.restart: must be one of {', '.join(RESTARTS)}")
    return str(restart)


def _whole(rules: Mapping[str, Any], section: str, name: str, *, least: int = 0, most: int = MOST) -> int:
    return _number(_section(rules, section).get(name), f"{section}.{name}", least=least, most=most)


def _section(rules: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = rules.get(section)
    return found if isinstance(found, dict) else {}


def _number(value: Any, place: str, *, least: int = 0, most: int = MOST) -> int:
    if type(value) is not int or not least <= value <= most:
        raise BadProgramme(f"{place}: must be a whole number from {least} to {most}")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadProgramme(f"{place}: must be a text")
    return value
