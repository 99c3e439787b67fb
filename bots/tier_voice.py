"""The words of a tier lost, and of one about to be."""

from datetime import datetime

from sqlalchemy.orm import Session

from bots import voice
from bots.commands import buttons, people
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import CustomerStats
from loyalty.messaging import notices
from loyalty.messaging.contents import MessageButton
from loyalty.points.models import TierChange
from loyalty.points.tiers import holding
from loyalty.points.tiers.holding import Amount
from loyalty.points.tiers.warning import Warned


def fell(session: Session, fall: TierChange, *, now: datetime) -> bool:
    """Tell a customer of the tier they have now and what brings the old one back; whether there is a way to."""

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        rules, today = people.rules(session, now), shop.of(session).day(now)
        stats = session.get_one(CustomerStats, fall.customer_id)
        missing = rules.tier(fall.from_tier).spend - holding.standing(session, rules, stats, today)
        more = people.more(Amount(rules.qualification.metric, missing), locale)
        facts = {"before": rules.tier_name(fall.from_tier, locale), "tier": rules.tier_name(fall.to_tier, locale)}
        lines = [text("notice.tier_fell", locale, **facts)]
        if missing > 0:
            lines.append(text("notice.tier_back", locale, more=people.capital(more), **facts))
        return _with_why(lines, locale)

    def facts(locale: str) -> dict[str, str]:
        rules = people.rules(session, now)
        names = {"before": rules.tier_name(fall.from_tier, locale), "tier": rules.tier_name(fall.to_tier, locale)}
        return voice.standing_facts(session, fall.customer_id, locale, now) | names

    key = f"tier:{fall.public_id}"
    return notices.tell_customer(session, fall.customer_id, key, render, kind="tier_fell", facts=facts, now=now)


def warned(session: Session, each: Warned, *, now: datetime) -> bool:
    """Tell a customer until when they have a tier and what keeps it; whether there is a way to and they may be told."""
    if not consents.allows(session, each.customer_id, Purpose.CARE):
        return False
    outlook = each.outlook

    def said(locale: str) -> dict[str, str]:
        rules, today = people.rules(session, now), shop.of(session).day(now)
        return {
            "tier": rules.tier_name(outlook.held.code, locale),
            "left": rules.tier_name(outlook.left.code, locale),
            "more": people.more(outlook.missing, locale),
            "day": formats.day(outlook.falls_on, locale, today),
        }

    def render(locale: str) -> tuple[str, tuple[MessageButton, ...]]:
        return _with_why([text("notice.tier_warning", locale, **said(locale))], locale)

    def facts(locale: str) -> dict[str, str]:
        told = said(locale)
        return voice.standing_facts(session, each.customer_id, locale, now) | told | {"lower": told["left"]}

    key = f"tier_warning:{each.public_id}:{outlook.falls_on}"
    return notices.tell_customer(session, each.customer_id, key, render, kind="tier_warning", facts=facts, now=now)


def _with_why(lines: list[str], locale: str) -> tuple[str, tuple[MessageButton, ...]]:
    return "\n".join([*lines, text("notice.tier_why", locale)]), buttons(locale, "points")
