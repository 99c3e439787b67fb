"""What pages say of things that wait for a second person: a module of this folder for each kind."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol, cast

from loyalty.console.desk import Desk
from loyalty.staff.models import Approval


class Look(Protocol):
    """How one kind is shown."""

    def headline(self, desk: Desk, request: Approval) -> str:
        """What it is about, at a glance: `9.000.000đ`."""
        ...

    def detail(self, desk: Desk, request: Approval) -> str:
        """What else one should know: `hóa đơn HD9`; "" for nothing."""
        ...

    def yes(self, desk: Desk, request: Approval) -> str:
        """What the button does: `Duyệt, cộng điểm`."""
        ...

    def said(self, desk: Desk, done: Any) -> str:
        """What came of the yes."""
        ...

    def waiting(self, desk: Desk, requests: Sequence[Approval]) -> str:
        """One line about all of this kind, one or more: `Đơn 9.000.000đ chờ duyệt`."""
        ...

    def named(self, desk: Desk, request: Approval, refused: Exception) -> Exception:
        """A refusal of the yes, with the names people read."""
        ...


def of(request: Approval) -> Look:
    return kinds()[request.kind]


@cache
def kinds() -> Mapping[str, Look]:
    """The look of every kind, by its name."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    return {name: cast(Look, importlib.import_module(f"{__name__}.{name}")) for name in names}
