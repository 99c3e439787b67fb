"""What chats say of things that wait for a second person: a module of this folder for each kind.

Its sentences are `approval.<kind>.<name>`: asked, asked_nobody, waiting, wanted, rejected; of campaigns and journeys,
which nobody waits for in a chat, wanted, rejected, refused, withdrawn, gone.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast

from sqlalchemy.orm import Session

from bots.texts import formats, text
from loyalty import shop
from loyalty.points.counter.deciding import Waiting
from loyalty.staff import accounts
from loyalty.staff.models import Approval


class Words(Protocol):
    """The words of one kind."""

    def facts(self, session: Session, request: Approval, locale: str) -> Mapping[str, str]:
        """What its sentences take, beside the `number` and the `staff` who asked."""
        ...

    def receipt(self, session: Session, locale: str, done: Any, *, now: datetime) -> str:
        """For staff: what the yes led to, and how to undo it."""
        ...

    def no(self, session: Session, request: Approval) -> str:
        """Which sentence tells who asked that it is not to be: it was `rejected`, or is `gone` without a decision."""
        ...


def say(session: Session, request: Approval, name: str, locale: str) -> str:
    """One sentence about a request."""
    facts = kinds()[request.kind].facts(session, request, locale)
    return text(f"approval.{request.kind}.{name}", locale, number=request.id, **facts, staff=_asker(session, request))


def answer(session: Session, waiting: Waiting, locale: str) -> str:
    """What whoever asked reads."""
    name = "asked" if waiting.was_told else "asked_nobody"
    return say(session, waiting.request, name if waiting.is_new else "waiting", locale)


def decided(session: Session, request: Approval, done: Any, *, now: datetime) -> str:
    """What whoever asked reads of the decision; `done` is what a yes led to."""
    locale = shop.of(session).locale
    if done is None:
        return say(session, request, kinds()[request.kind].no(session, request), locale)
    receipt = kinds()[request.kind].receipt(session, locale, done, now=now)
    return text("approval.approved", locale, number=request.id, done=receipt)


@cache
def kinds() -> Mapping[str, Words]:
    """The words of every kind, by its name: what its module calls `words`, or the module itself."""
    modules = {
        found.name: importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    }
    return {name: cast(Words, getattr(module, "words", module)) for name, module in modules.items()}


def _asker(session: Session, request: Approval) -> str:
    if request.asked_by_id is None:
        return text("approval.program", shop.of(session).locale)
    return formats.name(accounts.name_of(session, accounts.get(session, request.asked_by_id)))
