"""One asks, another decides, once."""

import pytest
from sqlalchemy.orm import Session

from loyalty.staff import approvals
from loyalty.staff.approvals import AlreadyDecided, ApprovalNotFound, OwnRequest
from loyalty.staff.models import Approval, StaffMember
from loyalty.staff.permissions import NotAllowed
from tests.builders import NOON
from tests.builders_staff import make_staff


def _ask(session: Session, by: StaffMember, key: str = "zalo:1") -> Approval:
    return approvals.ask(session, "award", {"customer": 7, "total": 9_000_000}, key=key, asked_by=by, now=NOON)


def test_asking_twice_with_one_key_leaves_one_request(session: Session) -> None:
    cashier = make_staff(session)
    assert _ask(session, cashier) is _ask(session, cashier)
    assert _ask(session, cashier, "zalo:2").id != _ask(session, cashier).id
    assert [waiting.key for waiting in approvals.list_waiting(session)] == ["zalo:1", "zalo:2"]


@pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "rejected")])
def test_a_manager_decides_and_is_remembered(session: Session, approve: bool, state: str) -> None:
    cashier, manager = make_staff(session), make_staff(session, "manager")
    request = _ask(session, cashier)

    decided = approvals.decide(session, request.id, approve=approve, by=manager, now=NOON)

    assert (decided.state, decided.decided_by_id, decided.decided_at) == (state, manager.id, NOON)
    assert decided.payload == {"customer": 7, "total": 9_000_000}
    assert approvals.list_waiting(session) == []


def test_what_is_decided_stays_decided_and_says_by_whom(session: Session) -> None:
    cashier, manager, owner = make_staff(session), make_staff(session, "manager"), make_staff(session, "owner")
    request = _ask(session, cashier)
    approvals.decide(session, request.id, approve=False, by=manager, now=NOON)

    with pytest.raises(AlreadyDecided) as refusal:
        approvals.decide(session, request.id, approve=True, by=owner, now=NOON)

    assert refusal.value.state == "rejected"
    assert refusal.value.facts["by_id"] == manager.id
    assert approvals.get(session, request.id).state == "rejected"


def test_whoever_asked_takes_it_back_and_nobody_else(session: Session) -> None:
    cashier, colleague = make_staff(session), make_staff(session)
    request, other = _ask(session, cashier), _ask(session, cashier, "zalo:2")
    with pytest.raises(ApprovalNotFound):
        approvals.withdraw(session, request.id, by=colleague, now=NOON)

    withdrawn = approvals.withdraw(session, request.id, by=cashier, now=NOON)

    assert approvals.is_withdrawn(withdrawn) and not approvals.is_withdrawn(other)
    assert approvals.list_waiting(session) == [other]
    assert approvals.list_unapproved(session, cashier, kinds=("award",), since=NOON) == [other, request]
    with pytest.raises(AlreadyDecided):
        approvals.withdraw(session, request.id, by=cashier, now=NOON)


def test_nobody_decides_their_own_request_not_even_an_owner(session: Session) -> None:
    owner = make_staff(session, "owner")
    request = _ask(session, owner)
    with pytest.raises(OwnRequest):
        approvals.decide(session, request.id, approve=True, by=owner, now=NOON)
    assert request.state == "waiting"


@pytest.mark.parametrize("role", ["cashier", "marketer"])
def test_who_may_not_approve_does_not(session: Session, role: str) -> None:
    request = _ask(session, make_staff(session))
    with pytest.raises(NotAllowed):
        approvals.decide(session, request.id, approve=True, by=make_staff(session, role), now=NOON)


@pytest.mark.parametrize("number", [0, -1, 2, 2**63 - 1, 2**63, 10**40])
def test_any_number_may_be_asked_for(session: Session, number: int) -> None:
    _ask(session, make_staff(session))
    with pytest.raises(ApprovalNotFound):
        approvals.decide(session, number, approve=True, by=make_staff(session, "manager"), now=NOON)


def test_what_is_looked_for_is_found_behind_any_number_of_others(session: Session) -> None:
    asker, decider = make_staff(session, "manager"), make_staff(session, "owner")
    asked = [
        approvals.ask(session, kind, {"told": told} if told else {}, key=str(number), asked_by=asker, now=NOON)
        for number, (kind, told) in enumerate([("award", False)] * 3 + [("campaign", True)] * 3 + [("campaign", False)])
    ]
    assert approvals.list_waiting(session, kinds=["campaign"], limit=1) == [asked[3]]
    assert list(approvals.each_waiting(session, ["campaign"], page=2)) == asked[3:]
    assert approvals.list_waiting(session, after=asked[4].id, asked_by=asker) == asked[5:]
    assert approvals.list_waiting(session, asked_by=decider) == []
    for each in asked:
        approvals.close(session, each.id, "approved", by=decider, now=NOON)
    assert [each.key for each in approvals.list_untold(session, ["campaign"], since=NOON, limit=1)] == ["6"]
