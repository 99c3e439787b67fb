"""What happens without a bill, in the language of the document."""

import pytest
from sqlalchemy.orm import Session

from loyalty.programme import checking, sentences
from loyalty.programme.document import Scope
from loyalty.programme.reading import read
from loyalty.segments import saved
from tests.builders import NOON
from tests.builders_points import DEMO
from tests.builders_referrals import RULES

DEMO_TEXT = DEMO.read_text(encoding="utf-8")
TODAY = NOON.date()
CLOSE = """
[[rules]]
code = "close"
name = { vi = "Khách thân" }
kind = "multiply"
multiplier = "2"
[rules.when]
birthday = "week"
segments = ["Khách thân"]
"""
REVIEW = """
[[rules]]
code = "review"
name = { vi = "Đánh giá quán", en = "A review" }
kind = "bonus"
on = "event"
event = "review"
points = 20
[rules.when]
tiers = ["gold"]
"""


def faults(session: Session, text: str) -> set[tuple[str, str]]:
    return {(fault.place, fault.code) for fault in checking.check(session, DEMO_TEXT + text, TODAY).faults}


def test_occasions_birthdays_and_segments_there_are_can_be_activated(session: Session) -> None:
    kept = saved.create(session, "Khách thân", {"all": []}, now=NOON)

    everything = f'{RULES}{CLOSE}{REVIEW}\n[referral]\nwait_days = 14\n[birthdays]\nleap_day = "1/3"\n'
    assert faults(session, everything) == set()
    assert faults(session, CLOSE.replace('["Khách thân"]', f'["{kept.public_id}"]')) == set()


def test_a_segment_that_is_gone_or_shares_its_name_is_refused(session: Session) -> None:
    first = saved.create(session, "Khách thân", {"all": []}, now=NOON)
    saved.create(session, "Khách thân", {"any": []}, now=NOON)
    assert faults(session, CLOSE) == {("rules[0].when.segments", "shared_segment")}

    saved.remove(session, first, now=NOON)
    assert faults(session, CLOSE) == set()
    assert faults(session, CLOSE.replace('["Khách thân"]', '["Khách lạ"]')) == {
        ("rules[0].when.segments", "unknown_segment")
    }


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ('on = "event"', 'on = "bill"', "rules[0].event", "only_with"),
        ('event = "review"', "", "rules[0].event", "missing"),
        ("points = 20", 'points = 20\nto = "friend"', "rules[0].to", "only_with"),
        ('on = "event"\nevent = "review"', 'on = "referral"', "rules[0].to", "missing"),
        ('tiers = ["gold"]', 'products = ["CF-*"]', "rules[0].when.products", "only_with"),
        ('tiers = ["gold"]', 'hours = ["08:00-09:00"]', "rules[0].when.hours", "only_with"),
        ('tiers = ["gold"]', "minimum_bill = 1000", "rules[0].when.minimum_bill", "only_with"),
        ('tiers = ["gold"]', "first_purchase = true", "rules[0].when.first_purchase", "only_with"),
        ('tiers = ["gold"]', 'birthday = "day"', "rules[0].when.birthday", "only_with"),
        ('tiers = ["gold"]', 'tiers = ["gold"]\n[rules.caps]\nstore_day = 5', "rules[0].caps.store_day", "only_with"),
    ],
)
def test_what_only_a_bill_has_is_refused_without_one(old: str, new: str, place: str, code: str) -> None:
    document = DEMO_TEXT + REVIEW.replace(old, new)
    assert document != DEMO_TEXT + REVIEW

    assert (place, code) in {(fault.place, fault.code) for fault in read(1, document).faults}


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ("[referral]\nwait_days = 400", "referral.wait_days"),
        ("[referral]\nwait = 4", "referral.wait"),
        ('[birthdays]\nleap_day = "2/3"', "birthdays.leap_day"),
    ],
)
def test_a_faulty_term_is_refused_at_its_place(section: str, place: str) -> None:
    assert place in {fault.place for fault in read(1, f"{DEMO_TEXT}\n{section}\n").faults}


def test_they_are_said_in_sentences() -> None:
    rules = read(1, DEMO_TEXT + RULES + REVIEW).must()

    said = sentences.describe(rules, "vi")

    assert (
        "Giới thiệu bạn: cộng 50 điểm cho người giới thiệu bạn; đơn từ 50.000đ; mỗi khách mỗi tháng tối đa 120 điểm"
        in said
    )
    assert "Được bạn giới thiệu: cộng 30 điểm cho người bạn được giới thiệu" in said
    assert any("đã qua 7 ngày" in each for each in said)
    assert "A review: 20 points more on the event review; tiers Gold" in sentences.describe(rules, "en")
    assert [rule.code for rule in rules.on(Scope.REFERRAL, to="friend")] == ["guest"]
