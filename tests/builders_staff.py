"""People of the shop for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from unittest.mock import patch

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from loyalty.channels import accounts as channels
from loyalty.channels.models import ChannelAccount
from loyalty.staff import accounts, binding, passwords
from loyalty.staff.models import Role, StaffMember
from tests.builders import NOON

_numbers = count(1)


@contextmanager
def quick_hashing() -> Iterator[None]:
    """Passwords hashed with little work, for tests that are not about the hash."""
    with patch.object(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        passwords._dummy.cache_clear()
        yield
    passwords._dummy.cache_clear()


def make_staff(
    session: Session, role: Role | str = "cashier", name: str | None = None, *, now: datetime = NOON
) -> StaffMember:
    """Somebody who works here; without a name, one nobody else has."""
    return accounts.add(session, name or f"Thu {next(_numbers)}", role, now=now)


def make_account(session: Session, kind: str = "zalo", external_id: str = "579745863508352884") -> ChannelAccount:
    """An account of the shop; the same one again when it is there."""
    return channels.ensure(session, kind, external_id, window=timedelta(hours=48), now=NOON)


def make_bound_staff(
    session: Session,
    role: Role | str = "cashier",
    name: str | None = None,
    *,
    account: ChannelAccount | None = None,
    user_id: str = "staff-1",
    now: datetime = NOON,
) -> StaffMember:
    """Somebody who works here and writes from `user_id`."""
    member = make_staff(session, role, name, now=now)
    code = binding.issue_code(session, member.id, now=now)
    place = account or make_account(session)
    return binding.bind(session, code, channel_account_id=place.id, user_id=user_id, now=now)
