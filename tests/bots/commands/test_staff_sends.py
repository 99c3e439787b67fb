"""Campaigns and journeys that wait are shown to who may decide, and decided in chat by their number, once."""

from collections.abc import Callable, Mapping
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from bots import asking
from loyalty.campaigns import lifecycle as campaigns
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.offers import Offer
from loyalty.choices import chosen
from loyalty.journeys import lifecycle as journeys
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey
from loyalty.segments.models import Segment
from loyalty.staff import approvals
from loyalty.staff.models import Approval
from tests.builders import NOON
from tests.builders_campaigns import make_campaign
from tests.builders_chat import actions, hire, member_of, told
from tests.builders_journeys import BIRTHDAY, SEND, make_fan, make_journey, plan

OFFER = Offer("amount", 20_000, 100_000)


def of_campaign(session: Session, by: str) -> Campaign:
    made = make_campaign(session, text="Mời bạn ghé quán.")
    draft = Draft(texts={"zalo.en": "Do come by."}, offer=OFFER)
    campaigns.furnish(session, made, draft, now=NOON)
    campaigns.schedule(session, made, by=by, now=NOON)
    return made


def of_journey(session: Session, by: str) -> Journey:
    step = {
        **SEND,
        "text": "Mời bạn ghé quán.",
        "texts": {"zalo.en": "Do come by."},
        "offer": {"kind": "amount", "value": 20_000, "minimum_bill": 100_000},
    }
    made = make_journey(session, plan(BIRTHDAY, step), active=False)
    journeys.activate(session, made, by=by, now=NOON)
    return made


def show(session: Session, request: Approval, limits: Mapping[str, int], *, now: datetime) -> int:
    return asking.tell_waiting(session, request, asking.deciders(session, now=now), limits, now=now)


@pytest.fixture(autouse=True)
def somebody(session: Session) -> None:
    """One person of each segment; more than nobody needs a second yes."""
    make_fan(session, "Lan", birthday=1110)
    chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)


@pytest.mark.parametrize(("make", "then"), [(of_campaign, "scheduled"), (of_journey, "active")])
def test_the_number_decides_whatever_it_is_of(
    make: Callable[[Session, str], Campaign | Journey], then: str, session: Session, kind: str
) -> None:
    asker, boss = hire(session, "manager", "Quân", kind), hire(session, "owner", "Chị Mây", kind)
    made = make(session, f"staff:{member_of(asker).public_id}")
    [request] = approvals.list_waiting(session)
    assert (made.state, show(session, request, {kind: 2000}, now=asker.now)) == ("waiting_approval", 1)
    assert show(session, request, {kind: 2000}, now=asker.now) == 0  # once
    shown = told(boss)[-1]
    for words in (made.name, "1 khách", "0đ", "Quân", "«Mời bạn ghé quán.»", "zalo.en: «Do come by.»", "Giảm 20.000đ"):
        assert words in shown
    assert "do chính bạn gửi" in asker.say(f"/duyet {request.id}")

    newcomer = hire(session, "manager", "Tú", kind)
    assert newcomer.say(f"/duyet {request.id}") == shown  # seen first, then decided
    assert made.state == "waiting_approval"
    assert f"«{made.name}»" in newcomer.say(f"/duyet {request.id}")
    assert made.state == then
    assert boss.say(f"/tuchoi {request.id}") == f"Số {request.id} đã được quyết định rồi (đã duyệt)."
    assert asking.tell_decided(session, request, now=asker.now) == 1
    assert f"Số {request.id} đã được duyệt" in told(asker)[-1]
    assert f"{request.kind}_approved" in actions(session)


@pytest.mark.parametrize("make", [of_campaign, of_journey])
def test_no_and_taking_back_leave_a_draft(
    make: Callable[[Session, str], Campaign | Journey], session: Session, kind: str
) -> None:
    asker, boss = hire(session, "manager", "Quân", kind), hire(session, "owner", "Chị Mây", kind)
    made = make(session, f"staff:{member_of(asker).public_id}")
    [first] = approvals.list_waiting(session)
    assert "nay là bản nháp" in boss.say(f"/tuchoi {first.id}")
    assert (made.state, approvals.list_waiting(session)) == ("draft", [])

    _ask_again(session, made, f"staff:{member_of(asker).public_id}")
    [second] = approvals.list_waiting(session)
    assert "Không có yêu cầu" in boss.say(f"/rutlai {second.id}")  # not theirs
    assert "Đã rút lại" in asker.say(f"/rutlai {second.id}")
    assert (made.state, session.get_one(Approval, second.id).state) == ("draft", "rejected")


def test_a_yes_is_for_what_was_shown(session: Session, kind: str) -> None:
    asker, boss = hire(session, "manager", "Quân", kind), hire(session, "owner", "Chị Mây", kind)
    made = of_campaign(session, f"staff:{member_of(asker).public_id}")
    [request] = approvals.list_waiting(session)
    show(session, request, {kind: 2000}, now=asker.now)
    session.get_one(Segment, made.segment_id).rules = {"not": {"any": []}}
    session.flush()
    assert "đã khác" in boss.say(f"/duyet {request.id}")
    assert made.state == "waiting_approval"


def test_a_long_one_is_shown_whole_in_parts_and_only_where_it_can_be_sent(session: Session, kind: str) -> None:
    asker, boss = hire(session, "manager", "Quân", kind), hire(session, "owner", "Chị Mây", kind)
    steps = [{**SEND, "text": f"Bước {number}. " + "Mời bạn ghé quán. " * 20} for number in range(8)]
    made = make_journey(session, plan(BIRTHDAY, *steps), active=False)
    journeys.activate(session, made, by=f"staff:{member_of(asker).public_id}", now=NOON)
    [request] = approvals.list_waiting(session)
    assert show(session, request, {}, now=asker.now) == 0  # no channel to send it by
    assert request.payload["shown"] == []
    assert show(session, request, {kind: 1000}, now=asker.now) == 1
    parts = told(boss)
    assert len(parts) > 2 and max(map(len, parts)) <= 1000
    assert [number for number in range(8) if f"Bước {number}." in "".join(parts)] == [*range(8)]
    assert parts[-1].endswith(f"/tuchoi {request.id}")


@pytest.mark.parametrize("is_refused", [True, False])
@pytest.mark.parametrize(("state", "now"), [("active", "chạy tiếp như trước khi sửa"), ("paused", "đang tạm dừng")])
def test_who_refuses_or_takes_back_a_changed_journey_reads_what_becomes_of_it(
    session: Session, kind: str, state: str, now: str, is_refused: bool
) -> None:
    asker, boss = hire(session, "manager", "Quân", kind), hire(session, "owner", "Chị Mây", kind)
    by = f"staff:{member_of(asker).public_id}"
    made = make_journey(session, plan(BIRTHDAY), active=False)
    chosen.save(session, {"approval_people": None}, by="cli", now=NOON)
    journeys.activate(session, made, by=by, now=NOON)
    chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
    if state == "paused":
        journeys.pause(session, made)
    journeys.edit(session, made, Written("Khác", plan(BIRTHDAY, {**SEND, "text": "Khác"})), by=by, now=NOON)
    if state == "paused":
        journeys.resume(session, made, by=by, now=NOON)
    [request] = approvals.list_waiting(session)
    if not is_refused:
        assert now in asker.say(f"/rutlai {request.id}")
        assert made.state == state
        return
    assert now in boss.say(f"/tuchoi {request.id}")
    asking.tell_decided(session, approvals.hold(session, request.id), now=asker.now)
    assert "không được duyệt" in told(asker)[-1] and now in told(asker)[-1]
    assert made.state == state


def test_who_asked_hears_that_a_colleague_took_it_away(session: Session, kind: str) -> None:
    asker = hire(session, "manager", "Quân", kind)
    made = of_campaign(session, f"staff:{member_of(asker).public_id}")
    [request] = approvals.list_waiting(session)
    campaigns.cancel(session, made, by="cli", now=NOON)
    asking.tell_decided(session, approvals.hold(session, request.id), now=asker.now)
    assert "không chờ duyệt nữa: lịch gửi đã bị hủy" in told(asker)[-1] and "đã hủy, không gửi" in told(asker)[-1]


@pytest.mark.parametrize("make", [of_campaign, of_journey])
def test_each_request_is_told_by_what_came_of_it(
    make: Callable[[Session, str], Campaign | Journey], session: Session, kind: str
) -> None:
    asker, boss = hire(session, "manager", "Quân", kind), hire(session, "owner", "Chị Mây", kind)
    made = make(session, by := f"staff:{member_of(asker).public_id}")
    [first] = approvals.list_waiting(session)
    boss.say(f"/tuchoi {first.id}")
    _ask_again(session, made, by)
    asking.tell_decided(session, approvals.hold(session, first.id), now=asker.now)
    assert f"Số {first.id} " in told(asker)[-1] and "không được duyệt" in told(asker)[-1]


def _ask_again(session: Session, made: Campaign | Journey, by: str) -> None:
    if isinstance(made, Campaign):
        campaigns.schedule(session, made, by=by, now=NOON)
    else:
        journeys.activate(session, made, by=by, now=NOON)
