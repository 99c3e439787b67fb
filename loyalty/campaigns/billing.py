"""What a promotion would cost each person, for previews: by the template chosen for it, where the window is closed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty.channels import accounts
from loyalty.channels.route import Route
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.messaging import budget, templates, ways
from loyalty.messaging.platforms import RULES
from loyalty.messaging.ways import Chat, Moment, Purpose
from loyalty.shop import of as shop_of


@dataclass(frozen=True, slots=True)
class Means:
    """By account, whole ₫ a template costs to a chat and to a phone; and what the month has left."""

    to_chat: Mapping[int, int]
    to_phone: Mapping[int, int]
    left: int

    def price(self, is_open: ColumnElement[bool]) -> ColumnElement[int | None]:
        """What the way to one row's person costs: 0 within the window, NULL where there is none."""
        prices = [(condition, sa.literal(price, sa.BigInteger())) for condition, price, _route in self._ways(is_open)]
        return sa.case(*prices, else_=sa.null())

    def route(self, is_open: ColumnElement[bool]) -> ColumnElement[str | None]:
        """Which way that is."""
        routes = [(condition, sa.literal(str(route))) for condition, _price, route in self._ways(is_open)]
        return sa.case(*routes, else_=sa.null())

    def _ways(self, is_open: ColumnElement[bool]) -> Iterator[tuple[ColumnElement[bool], int, Route]]:
        """Each way with what asks for it and what it costs, the one taken first before the others."""
        identity = ChannelIdentity
        reachable = identity.unreachable_at.is_(None)
        by_phone = sa.and_(
            Customer.phone_key.is_not(None),
            Customer.joined_at.is_not(None),
            sa.func.coalesce(Customer.phone_proof, "") != "claimed",
        )
        yield sa.and_(is_open, reachable), 0, Route.FREE
        for condition, known, route in (
            (reachable, self.to_chat, Route.TEMPLATE_USER),
            (by_phone, self.to_phone, Route.TEMPLATE_PHONE),
        ):
            for account, price in known.items():
                yield sa.and_(condition, identity.channel_account_id == account), price, route

    def beyond(self, paid: Mapping[int, int]) -> int:
        """For how many of those who would get it at each price the month's money would not last, cheapest first."""
        return sum(paid.values()) - sum(affordable(paid, self.left).values())


def affordable(paid: Mapping[int, int], left: int) -> dict[int, int]:
    """How many at each price (whole ₫, above 0) so much money pays for, cheapest first."""
    found: dict[int, int] = {}
    for price, number in sorted(paid.items()):
        found[price] = min(number, left // price)
        left -= found[price] * price
    return found


def of_shop(session: Session, *, now: datetime) -> Means:
    """As chosen and approved at this moment; templates that could not be sent cost nothing, for they do not go."""
    moment = Moment(now, shop_of(session), 0)
    found: dict[Route, dict[int, int]] = {Route.TEMPLATE_USER: {}, Route.TEMPLATE_PHONE: {}}
    for account_id, choice in templates.choices(session, Purpose.PROMOTION).items():
        account = accounts.get(session, account_id)
        chat = Chat(account_id, account.kind, account.external_id, choice=choice)
        carries = RULES.carries(account.kind, choice.tag, Purpose.PROMOTION, now)
        for route, prices in found.items():
            price = ways.price_of(chat, route, moment)
            if price is not None and choice.is_enabled and choice.fault is None and carries:
                prices[account_id] = price
    left = budget.left(session, now=now) if any(found.values()) else 0
    return Means(found[Route.TEMPLATE_USER], found[Route.TEMPLATE_PHONE], left)
