"""A second person's yes before a journey begins, or goes on as something else: the limits are those of campaigns.

A journey is for whoever may be expected within thirty days, as far as the last thirty tell; it costs at most every
message by the dearest way to each of them, and no more than its own money; without any, whatever is billed goes on
without end.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.campaigns import approval, billing
from loyalty.campaigns.approval import Matter, Seen
from loyalty.journeys import foretelling, money, plans
from loyalty.journeys.models import Journey, JourneyEdition
from loyalty.segments import saved
from loyalty.segments.models import Segment

KIND = "journey"  # of the request


def matter(session: Session, journey: Journey, edition: JourneyEdition, budget: int | None) -> Matter:
    """Its plan with all its words and offers, the money, the rules of every segment it asks for."""
    asked = [session.get_one(Segment, edition.segment_id)] if edition.segment_id else []
    asked += [saved.get_public(session, public_id, removed=True) for public_id in plans.of(edition).segments]
    rules = [each.rules for each in asked]
    return Matter(KIND, journey, approval.digest(edition.plan, budget, rules))


def count(session: Session, journey: Journey, edition: JourneyEdition, budget: int | None, *, now: datetime) -> Seen:
    """Whom it is for, counted: long for a large shop. Raises BadRules."""
    plan = plans.of(edition)
    told = foretelling.foretell(session, plan, edition, now=now)
    people = sum(number for _day, number in told.days) or told.today
    means = billing.of_shop(session, now=now)
    dearest = max((*means.to_chat.values(), *means.to_phone.values()), default=0)
    cost, is_endless = people * len(plan.sends) * dearest, bool(budget is None and plan.sends and dearest)
    digest = matter(session, journey, edition, budget).digest
    return Seen(people, cost if budget is None else min(cost, budget), digest, is_endless)


def must_ask(
    session: Session, journey: Journey, edition: JourneyEdition, seen: Seen | None, *, by: str, now: datetime
) -> bool:
    """Let it wait where the shop wants a second person and nobody approved it as it is. The caller moves the state."""
    budget = money.budget_of(session, journey)

    def anew() -> Seen:
        return count(session, journey, edition, budget, now=now)

    return approval.ask_if_needed(session, matter(session, journey, edition, budget), seen, anew, by=by, now=now)
