"""Who may do what, as the shop was promised."""

import pytest
from sqlalchemy.orm import Session

from loyalty.staff import permissions
from loyalty.staff.models import Role
from loyalty.staff.permissions import NotAllowed, Right
from tests.builders_staff import make_staff

EVERYBODY = "cashier manager marketer owner"
PROMISED = {
    Right.FIND: EVERYBODY,
    Right.AWARD: "cashier manager owner",
    Right.AWARD_ANY_AMOUNT: "manager owner",
    Right.PREVIEW: "cashier manager owner",
    Right.RETURN: "cashier manager owner",
    Right.UNDO_OWN: "cashier manager owner",
    Right.UNDO_ANY: "manager owner",
    Right.ADJUST: "manager owner",
    Right.SET_TIER: "manager owner",
    Right.REDEEM: "cashier manager owner",
    Right.REWARDS: "manager marketer owner",
    Right.ADD_CUSTOMER: "cashier manager owner",
    Right.LINK: "cashier manager owner",
    Right.NOTE: "cashier manager owner",
    Right.APPROVE: "manager owner",
    Right.REPORT: "manager marketer owner",
    Right.EDIT_NAME: "cashier manager owner",
    Right.EDIT_CONTACT: "manager owner",
    Right.REVEAL: "manager owner",
    Right.CONVERSE: "manager marketer owner",
    Right.SEGMENT: "manager marketer owner",
    Right.CAMPAIGN: "manager marketer owner",
    Right.IMPORT: "manager owner",
    Right.EXPORT: "manager owner",
    Right.AUDIT: "manager owner",
    Right.PROGRAMME: "manager owner",
    Right.CHANNELS: "manager owner",
    Right.STOP_SENDING: "manager owner",
    Right.STAFF: "owner",
    Right.SETTINGS: "owner",
    Right.KEYS: "owner",
    Right.PRIVACY: "owner",
    Right.WATCH: "owner",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("right", Right)
def test_a_role_may_do_what_was_promised_and_nothing_else(role: Role, right: Right) -> None:
    assert permissions.may(role, right) is (role in PROMISED[right].split())
    assert (right in permissions.rights_of(role)) is permissions.may(role, right)


def test_who_may_not_is_refused_by_name_of_the_right(session: Session) -> None:
    cashier = make_staff(session, "cashier")
    permissions.require(cashier, Right.AWARD)
    with pytest.raises(NotAllowed) as refusal:
        permissions.require(cashier, Right.APPROVE)
    assert refusal.value.facts == {"role": "cashier", "right": "approve"}
