"""A tier set by hand, or taken back, by whoever may: checked, told to the customer, written down."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import Customer
from loyalty.points.counter import orders
from loyalty.points.counter.orders import Hand
from loyalty.points.models import TierChange
from loyalty.points.telling import Notice
from loyalty.points.tiers import manual
from loyalty.points.tiers.manual import Set, Setting
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.staff import audit, permissions
from loyalty.staff.permissions import Right


def grant(session: Session, customer: Customer, setting: Setting, hand: Hand) -> Set:
    """Hold a customer in a tier, at least, through a day. The same key returns the first setting.

    Raises NotAllowed, OwnAccount, BadTier, CustomerNotFound, IdempotencyConflict, NoProgramme.
    """
    _check(session, customer, hand)
    done = manual.set_tier(session, customer.id, setting, actor=hand.author.actor, key=hand.key, now=hand.now)
    if not done.is_new:
        return done
    rules, day = _rules(session, hand), setting.until
    facts = {"tier": rules.tier(setting.tier).names, "until": day}
    hand.voice.tell(session, _notice(customer, "tier_set", done.change, facts), now=hand.now)
    detail = {"tier": setting.tier, "until": day.isoformat()}
    audit.record_by(session, hand.author, "tier_set", _subject(customer), detail=detail, now=hand.now)
    return done


def take_back(session: Session, customer: Customer, hand: Hand) -> TierChange:
    """End what was set by hand now; the step to the tier held without it, of which the customer is told if it is lower.

    Raises NotAllowed, OwnAccount, NoTierByHand, CustomerNotFound, NoProgramme.
    """
    _check(session, customer, hand)
    done = manual.end(session, customer.id, actor=hand.author.actor, now=hand.now)
    if done.from_tier != done.to_tier:
        rules = _rules(session, hand)
        facts = {"before": rules.tier(done.from_tier).names, "tier": rules.tier(done.to_tier).names}
        hand.voice.tell(session, _notice(customer, "tier_ended", done, facts), now=hand.now)
    detail = {"before": done.from_tier, "tier": done.to_tier}
    audit.record_by(session, hand.author, "tier_set_undone", _subject(customer), detail=detail, now=hand.now)
    return done


def _check(session: Session, customer: Customer, hand: Hand) -> None:
    if hand.staff is not None:
        permissions.require(hand.staff, Right.SET_TIER)
    orders.refuse_own(session, hand.staff, customer)


def _rules(session: Session, hand: Hand) -> Programme:
    return versions.at(session, shop.of(session).day(hand.now))


def _notice(customer: Customer, name: str, step: TierChange, facts: Mapping[str, Any]) -> Notice:
    return Notice(customer.id, name, f"tier:{step.public_id}", facts)  # the key a fall is told under, too: once


def _subject(customer: Customer) -> str:
    return f"customer:{customer.public_id}"
