"""Where a short link of ours leads. A subject that has such links has a module `links` with `resolve`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlalchemy.orm import Session

import loyalty
from loyalty.words import Both


@dataclass(frozen=True, slots=True)
class Target:
    """Where it leads: an address, or, without one, into a chat of the shop with `ref`, told about in `lead`.

    `typed` is what to write there where the platform loses the `ref`; `accounts` which account of a channel it opens,
    where it is not the shop's own choice, by kind.
    """

    url: str = ""
    ref: str = ""
    typed: str = ""
    lead: Both | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)


Resolve = Callable[..., Target | None]


def resolve(session: Session, code: str, *, now: datetime) -> Target | None:
    """What the first subject that knows the code says; None when none does."""
    found = (each(session, code, now=now) for each in _resolvers())
    return next((target for target in found if target is not None), None)


def _resolvers() -> Iterator[Resolve]:
    for subject in iter_modules(loyalty.__path__):
        name = f"loyalty.{subject.name}.links"
        if subject.ispkg and name != __name__ and find_spec(name):
            found: Resolve = import_module(name).resolve
            yield found
