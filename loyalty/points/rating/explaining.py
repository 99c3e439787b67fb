"""How a bill's points came about, in one sentence, in the fixed order of the steps."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from sqlalchemy.orm import Session

from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.rating import caps
from loyalty.points.rating.earning import Outcome, Part, Step
from loyalty.programme.document import Programme, decimal_text, in_locale
from loyalty.typed.money import format_money
from loyalty.words import Both

SAID = {
    Step.PAID: Both("trừ {money} trả bằng điểm", "less {money} paid with points"),
    Step.EXCLUDED: Both("trừ {money} không tích điểm ({name})", "less {money} that earns nothing ({name})"),
    Step.LINE: Both("×{times} {name} (+{money})", "×{times} {name} (+{money})"),
    Step.BILL: Both("×{times} {name}", "×{times} {name}"),
    Step.TIER: Both("×{times} hạng {name}", "×{times} tier {name}"),
    Step.BONUS: Both("+{points} {name}", "+{points} {name}"),
}
CAPPED = Both(" (đã tới mức tối đa)", " (the most there is)")
THEN = Both(", rồi ", ", then ")
NOTHING = Both("không nhân, không cộng thêm", "nothing multiplied, nothing added")


def explain(outcome: Outcome, programme: Programme, locale: str) -> str:
    """`×2 Sinh nhật, rồi ×1,25 hạng Bạc, +50 Lần đầu`: multipliers with «then» between them, bonuses after a comma."""
    return explain_parts(outcome.parts, programme, locale)


def explain_parts(parts: Iterable[Part], programme: Programme, locale: str) -> str:
    """The parts, which are in the order of their steps, as one sentence."""
    said = ""
    for part in parts:
        between = THEN.in_(locale) if part.step in (Step.LINE, Step.BILL, Step.TIER) else ", "
        said += (between if said else "") + _part(part, programme, locale)
    return said or NOTHING.in_(locale)


def of_entry(session: Session, entry: LedgerEntry, programme: Programme, locale: str, *, paid: int = 0) -> str:
    """The same for a bill already awarded by these rules, `paid` ₫ of it with points.

    Empty when nothing but the tier's multiplier acted.
    """
    if not programme.rules and not paid:
        return ""
    parts = [
        replace(part, multiplier=_multiplier(part, programme))
        for part in caps.of_entries(session, [entry.id])[entry.id]
    ]
    if paid:
        parts.append(Part(Step.PAID, "", amount=-paid))
    if not parts:
        return ""
    tier = programme.tier(entry.tier or "")
    if entry.kind != EntryKind.BONUS and tier.multiplier != 1:
        parts.append(Part(Step.TIER, tier.code, multiplier=tier.multiplier))
    return explain_parts(sorted(parts, key=lambda part: _ORDER.index(part.step)), programme, locale)


def _multiplier(part: Part, programme: Programme) -> Fraction:
    return next((rule.multiplier for rule in programme.rules if rule.code == part.code), Fraction(1))


def _part(part: Part, programme: Programme, locale: str) -> str:
    times = decimal_text(part.multiplier)
    said = SAID[part.step].in_(
        locale,
        name=_name(part, programme, locale),
        times=times if locale == "en" else times.replace(".", ","),
        points=part.points,
        money=format_money(abs(part.amount), locale),
    )
    return said + (CAPPED.in_(locale) if part.capped else "")


def _name(part: Part, programme: Programme, locale: str) -> str:
    if part.step is Step.TIER:
        return programme.tier_name(part.code, locale)
    return next((in_locale(rule.names, locale) for rule in programme.rules if rule.code == part.code), part.code)


_ORDER = list(Step)
