"""Bills that were sent for approval, as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.console import bills, persons
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.points import large
from loyalty.staff import approvals
from loyalty.staff.models import Approval


@dataclass(frozen=True, slots=True)
class Shown:
    """One request. `phone` is E.164, where nobody has it yet."""

    request: Approval
    amount: int
    receipt: str | None
    person: Person | None
    phone: str | None
    asked_by: str
    decided_by: str
    is_own: bool

    @property
    def is_withdrawn(self) -> bool:
        return approvals.is_withdrawn(self.request)


def show_all(desk: Desk, requests: Sequence[Approval]) -> list[Shown]:
    """Requests in their order."""
    awards = [request for request in requests if request.kind == large.KIND]
    ids = {request.asked_by_id for request in awards} | {each.decided_by_id for each in awards if each.decided_by_id}
    names = bills.names_of(desk, ids)
    return [
        _show(desk, request, names[request.asked_by_id], names.get(request.decided_by_id or 0, ""))
        for request in awards
    ]


def _show(desk: Desk, request: Approval, asked_by: str, decided_by: str) -> Shown:
    customer = large.customer_of(desk.session, request)
    return Shown(
        request,
        large.amount_of(request),
        large.receipt_of(request),
        persons.show_all(desk.session, [customer])[0] if customer is not None else None,
        large.phone_of(desk.session, request),
        asked_by,
        decided_by,
        request.asked_by_id == desk.member.id,
    )
