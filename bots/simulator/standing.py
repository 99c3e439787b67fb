"""Who a chat is to the shop right now, read from the shop's own database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.commands import people
from bots.texts import LOCALES
from loyalty import shop
from loyalty.channels import accounts, outages
from loyalty.channels.models import ChannelAccount
from loyalty.customers import identities, profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.messaging.models import OutboundMessage
from loyalty.points import lots
from loyalty.points.tiers import holding
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.staff import accounts as staff
from loyalty.staff import binding
from loyalty.staff.models import StaffMember
from loyalty.typed import phones

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seat:
    """A chat as the shop knows it; whatever is None it does not know (yet)."""

    sender: str  # channel:account:user
    user: str
    account: ChannelAccount | None = None
    identity: ChannelIdentity | None = None
    member: StaffMember | None = None

    @property
    def actor(self) -> str | None:
        """Under what name they act in ledger and audit."""
        return None if self.member is None else f"staff:{self.member.public_id}"


def find(session: Session, channel: str, external_id: str, user: str) -> Seat:
    """`external_id` is the OA or page."""
    sender = f"{channel}:{external_id}:{user}"
    account = accounts.find(session, channel, external_id)
    if account is None:
        return Seat(sender, user)
    identity = identities.find(session, account.id, user)
    return Seat(sender, user, account, identity, binding.bound_to(session, account.id, user))


def describe(session: Session, seat: Seat, *, now: datetime) -> Json:
    """What the card beside the chat shows; `is` is staff, customer or nobody."""
    if seat.member is not None:
        return {"is": "staff", "name": staff.name_of(session, seat.member), "role": seat.member.role}
    if seat.identity is None or seat.account is None:
        return {"is": "nobody"}
    return _customer(session, seat.account, seat.identity, now)


def of_account(session: Session, channel: str, external_id: str) -> Json:
    """How an account stands with the shop: why it is `stopped`, whether its platform is `down`, messages `waiting`."""
    account = accounts.find(session, channel, external_id)
    if account is None:
        return {"stopped": None, "down": False, "waiting": 0}
    waiting = sa.select(sa.func.count()).select_from(OutboundMessage).filter_by(channel_account_id=account.id)
    return {
        "stopped": account.stopped_reason if account.stopped_at else None,
        "down": outages.find(session, account.id) is not None,
        "waiting": session.scalar(waiting.where(OutboundMessage.state.in_(("waiting", "sending")))) or 0,
    }


def _customer(session: Session, account: ChannelAccount, identity: ChannelIdentity, now: datetime) -> Json:
    customer = profiles.get(session, identity.customer_id)
    stats = session.get_one(CustomerStats, customer.id)
    day = shop.of(session).day(now)
    rules = versions.at(session, day)
    facts = {
        "is": "customer",
        "name": profiles.name_of(session, customer),
        "phone": _phone(session, customer),
        "phone_proof": customer.phone_proof,
        "joined": customer.joined_at is not None,
        "points": stats.points,
        "orders": stats.orders,
        "promotion": identity.promotion,
        "channels": [kind for kind in stats.channels.split(",") if kind],
        "window_until": _window_until(account, identity),
    }
    return facts | _tier(session, rules, stats, now) | {"expiring": _expiring(session, customer.id, now)}


def _tier(session: Session, rules: Programme, stats: CustomerStats, now: datetime) -> Json:
    tier, step = rules.tier(stats.tier), holding.progress(session, rules, stats, shop.of(session).day(now))
    held = {"tier": tier.code, "tier_names": dict(tier.names), "spent_12m": stats.spent_12m}
    if step is None:
        return held | {"next_tier": None}
    said = {locale: people.next_tier(session, stats.customer_id, locale, now) for locale in LOCALES}
    counted = step.tier.spend - step.missing
    return held | {"next_tier": {"counted": counted, "missing": step.missing, "said": said}}


def _phone(session: Session, customer: Customer) -> str | None:
    phone = profiles.phone_of(session, customer)
    return None if phone is None else phones.mask(phone)


def _window_until(account: ChannelAccount, identity: ChannelIdentity) -> str | None:
    """When free answers stop reaching the person (ISO 8601); None when they never wrote."""
    end = accounts.window_end(account, identity.last_interaction_at)
    return None if end is None else end.isoformat()


def _expiring(session: Session, customer_id: int, now: datetime) -> Json | None:
    soonest = lots.next_expiring(session, customer_id, shop.of(session).day(now))
    return None if soonest is None else {"points": soonest.points, "on": soonest.on.isoformat()}
