"""What pages say of things that wait, or waited, for a second person: a module of this folder for each kind."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast

from loyalty.console import authors, bills, persons
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.points.counter import requests
from loyalty.staff import approvals
from loyalty.staff.models import Approval


class Look(Protocol):
    """How one kind is shown."""

    def headline(self, desk: Desk, request: Approval) -> str:
        """What it is about, at a glance: `9.000.000đ`."""
        ...

    def detail(self, desk: Desk, request: Approval) -> str:
        """What else one should know: `hóa đơn HD9`; "" for nothing."""
        ...

    def url(self, desk: Desk, request: Approval) -> str:
        """The page of what it is about; "" where there is none but this."""
        ...

    def yes(self, desk: Desk, request: Approval) -> str:
        """What the button does: `Duyệt, cộng điểm`."""
        ...

    def said(self, desk: Desk, done: Any) -> str:
        """What came of the yes."""
        ...

    def no(self, desk: Desk, request: Approval) -> str:
        """What the other button does: `Từ chối, điểm không đổi`."""
        ...

    def refused(self, desk: Desk, request: Approval) -> str:
        """What came of the no."""
        ...

    def waiting(self, desk: Desk, requests: Sequence[Approval]) -> str:
        """One line about all of this kind, one or more: `Đơn 9.000.000đ chờ duyệt`."""
        ...

    def named(self, desk: Desk, request: Approval, refused: Exception) -> Exception:
        """A refusal of the yes, with the names people read."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """One request. `phone` is E.164, where nobody has it yet."""

    request: Approval
    headline: str
    detail: str
    yes: str
    no: str
    person: Person | None
    phone: str | None
    asked_by: str
    decided_by: str
    is_own: bool
    url: str = ""

    @property
    def is_withdrawn(self) -> bool:
        return approvals.is_withdrawn(self.request)


def of(request: Approval) -> Look:
    return kinds()[request.kind]


@cache
def kinds() -> Mapping[str, Look]:
    """The look of every kind, by its name: what its module calls `look`, or the module itself."""
    modules = {
        found.name: importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    }
    return {name: cast(Look, getattr(module, "look", module)) for name, module in modules.items()}


def show_all(desk: Desk, found: Sequence[Approval]) -> list[Shown]:
    """Requests in their order."""
    staff_ids = {staff_id for each in found for staff_id in (each.asked_by_id, each.decided_by_id) if staff_id}
    names = bills.names_of(desk, staff_ids)
    return [
        _show(
            desk,
            request,
            names.get(request.asked_by_id or 0) or authors.name_of(desk.session, request.asked_by, desk.locale),
            names.get(request.decided_by_id or 0, ""),
        )
        for request in found
    ]


def _show(desk: Desk, request: Approval, asked_by: str, decided_by: str) -> Shown:
    look, kind = of(request), requests.kinds().get(request.kind)
    customer = kind.customer(desk.session, request) if kind is not None else None
    return Shown(
        request,
        look.headline(desk, request),
        look.detail(desk, request),
        look.yes(desk, request),
        look.no(desk, request),
        persons.show_all(desk.session, [customer])[0] if customer is not None else None,
        kind.phone(desk.session, request) if kind is not None else None,
        asked_by,
        decided_by,
        request.asked_by_id == desk.member.id,
        look.url(desk, request),
    )
