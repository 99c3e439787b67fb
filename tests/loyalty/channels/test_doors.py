"""Which account a link opens: a store's own, else the shop's choice, else that of the settings."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.channels import accounts, doors
from loyalty.channels.doors import AccountNotFound
from loyalty.channels.models import ChannelToken
from tests.builders import NOON

OWN, SECOND = "579745863508352884", "4000000000000000002"


def grant(session: Session, external_id: str) -> None:
    account = accounts.ensure(session, "zalo", external_id, window=timedelta(hours=48), now=NOON)
    facts = {"access": b"a", "refresh": b"r", "state": "ok", "version": 1, "first_pair": ""}
    session.add(ChannelToken(channel_account_id=account.id, updated_at=NOON, expires_at=NOON, **facts))
    session.flush()


@pytest.mark.parametrize(
    ("shop", "store", "at_store", "elsewhere"),
    [
        ("", "", OWN, OWN),
        (SECOND, "", SECOND, SECOND),
        ("", SECOND, SECOND, OWN),
        (SECOND, OWN, OWN, SECOND),
    ],
)
def test_the_nearest_choice_holds(session: Session, shop: str, store: str, at_store: str, elsewhere: str) -> None:
    for each in (OWN, SECOND):
        grant(session, each)
    doors.choose(session, "zalo", doors.SHOP, shop, own=OWN)
    doors.choose(session, "zalo", "LELOI", store, own=OWN)
    assert doors.account(session, "zalo", OWN, "LELOI") == at_store
    assert doors.account(session, "zalo", OWN, "MAIN") == doors.account(session, "zalo", OWN) == elsewhere
    assert doors.account(session, "messenger", "") == ""


def test_only_what_the_shop_speaks_through_is_chosen_and_what_it_lost_is_passed_over(session: Session) -> None:
    grant(session, OWN)
    accounts.ensure(session, "zalo", SECOND, window=timedelta(hours=48), now=NOON)
    for wrong in (SECOND, "1"):
        with pytest.raises(AccountNotFound):
            doors.choose(session, "zalo", "", wrong, own=OWN)
    doors.choose(session, "zalo", "", OWN, own=OWN)
    assert doors.account(session, "zalo", "300") == OWN
    assert doors.choose(session, "zalo", "", "", own=OWN) == OWN
    assert doors.account(session, "zalo", "300") == "300"
