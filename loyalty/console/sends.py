"""How a campaign or a journey that waits for a second person is shown: one look, with the words of its kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from loyalty.campaigns.models import Campaign
from loyalty.console.desk import Desk
from loyalty.journeys import deciding
from loyalty.journeys.models import Journey
from loyalty.staff.models import Approval
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

REFUSED = Both(
    "Đã từ chối số {number}, người xin gửi được báo.", "Number {number} is refused, and whoever asked is told."
)


@dataclass(frozen=True, slots=True)
class Sends:
    """`page`: where all it says is to be read. `who` takes people and cost, `done` and `one` a name, `some` a count.

    `refuse`: what a no to this one does, on its button; `becomes`: what became of it.
    """

    page: str
    who: Both
    approve: Both
    done: Both
    refuse: Callable[[Desk, Any], str]
    becomes: Callable[[Desk, Any], str]
    one: Both
    some: Both

    def headline(self, desk: Desk, request: Approval) -> str:
        return deciding.of(desk.session, request).name

    def detail(self, desk: Desk, request: Approval) -> str:
        people, cost = request.payload["people"], request.payload["cost"]
        facts = {"people": format_points(people, desk.locale), "cost": format_money(cost, desk.locale)}
        return self.who.in_(desk.locale, **facts)

    def url(self, desk: Desk, request: Approval) -> str:
        return url_for(self.page, public_id=request.payload["id"])

    def yes(self, desk: Desk, request: Approval) -> str:
        return self.approve.in_(desk.locale)

    def said(self, desk: Desk, done: Campaign | Journey) -> str:
        return self.done.in_(desk.locale, name=done.name)

    def no(self, desk: Desk, request: Approval) -> str:
        return self.refuse(desk, deciding.of(desk.session, request))

    def refused(self, desk: Desk, request: Approval) -> str:
        said = REFUSED.in_(desk.locale, number=request.id)
        return f"{said} {self.becomes(desk, deciding.of(desk.session, request))}"

    def waiting(self, desk: Desk, requests: Sequence[Approval]) -> str:
        words = self.one if len(requests) == 1 else self.some
        return words.in_(desk.locale, count=len(requests), name=self.headline(desk, requests[0]))

    def named(self, desk: Desk, request: Approval, refused: Exception) -> Exception:
        return refused
