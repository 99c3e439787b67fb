"""What a campaign states beside its words: variants, holdout, priority, budget, lateness, limits at which it stops."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from loyalty.campaigns import content, stopping
from loyalty.campaigns.models import Campaign
from loyalty.errors import RuleViolation
from loyalty.messaging import purses

MOST_VARIANTS = 4
MOST_HOLDOUT = 50  # per cent
MOST_PRIORITY = 9
MOST_LATE = 72  # hours
MOST_BUDGET = 10**11  # ₫
FIELDS = ("variants", "holdout", "priority", "budget", "late_hours", "stops", "best_hour")


class BadTerms(RuleViolation):
    """What cannot be stated of a campaign; `field` names it, `problem` says what would be right."""

    code = "campaign_terms"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field, problem=problem)
        self.field, self.problem = field, problem


def change(session: Session, campaign: Campaign, changes: Mapping[str, Any]) -> None:
    """State some of `FIELDS` anew; the caller holds the campaign. Raises BadTerms, BadText."""
    checked = {field: CHECKS[field](value) for field, value in changes.items()}
    if "budget" in checked:
        _set_budget(session, campaign, checked.pop("budget"))
    for field, value in checked.items():
        setattr(campaign, field, value)
    if campaign.variants and "variants" in checked:
        campaign.text = campaign.variants[0]["text"]
    session.flush()


def change_text(campaign: Campaign, text: str) -> None:
    """The words of everybody, or of the first variant."""
    campaign.text = text
    if campaign.variants:
        first, *others = campaign.variants
        campaign.variants = [{**first, "text": text}, *others]


def of(session: Session, campaign: Campaign) -> dict[str, Any]:
    """All of `FIELDS` as they are."""
    plain = {field: getattr(campaign, field) for field in FIELDS if field != "budget"}
    return {**plain, "budget": budget_of(session, campaign)}


def budget_of(session: Session, campaign: Campaign) -> int | None:
    """Whole ₫ all its runs together may cost; None: as much as the month allows."""
    purse = purses.find(session, campaign.purse_id)
    return None if purse is None else purse.ceiling


def _set_budget(session: Session, campaign: Campaign, amount: int | None) -> None:
    """Money set aside; what is spent stays spent, also where less is allowed now."""
    if amount is None:
        campaign.purse_id = None
    elif campaign.purse_id is None:
        campaign.purse_id = purses.open_with(session, amount)
    else:
        purses.set_ceiling(session, campaign.purse_id, amount)


def _variants(value: Any) -> list[dict[str, Any]] | None:
    """Two to four texts whose shares make 100; none for one text."""
    if not value:
        return None
    if not isinstance(value, Sequence) or not 2 <= len(value) <= MOST_VARIANTS:
        raise BadTerms("variants", f"two to {MOST_VARIANTS} of them, such as A 50 and B 50")
    found = [{"text": str(each["text"]), "share": each["share"]} for each in value]
    if any(type(each["share"]) is not int or each["share"] < 1 for each in found):
        raise BadTerms("variants", "each share is a whole per cent, at least 1")
    if sum(each["share"] for each in found) != 100:
        raise BadTerms("variants", "the shares must make 100, such as 50 and 50")
    for each in found:
        content.parse(each["text"])
    return found


def _whole(field: str, most: int, *, optional: bool = False) -> Callable[[Any], int | None]:
    def check(value: Any) -> int | None:
        if value is None and optional:
            return None
        if type(value) is not int or not 0 <= value <= most:
            raise BadTerms(field, f"a whole number from 0 to {most}")
        return value

    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadTerms("best_hour", "true or false")
    return value


def _stops(value: Any) -> dict[str, int] | None:
    if not value:
        return None
    for name, number in value.items():
        if name not in stopping.DEFAULTS or type(number) is not int or not 1 <= number <= stopping.MOST[name]:
            known = ", ".join(f"{each} (1 to {stopping.MOST[each]})" for each in stopping.DEFAULTS)
            raise BadTerms("stops", known)
    return dict(value)


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "variants": _variants,
    "holdout": _whole("holdout", MOST_HOLDOUT),
    "priority": _whole("priority", MOST_PRIORITY),
    "budget": _whole("budget", MOST_BUDGET, optional=True),
    "late_hours": _whole("late_hours", MOST_LATE),
    "stops": _stops,
    "best_hour": _flag,
}
