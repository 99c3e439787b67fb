"""A voucher of a campaign in chat: seen, used, and its use undone."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.rewards import codes, redemptions
from loyalty.rewards.models import Reward
from loyalty.staff.models import AuditEntry
from tests.builders_chat import Person, told
from tests.builders_rewards import faults, make_voucher


@pytest.fixture
def code(session: Session, lan: Person) -> str:
    """Lan's own, as she would read it out."""
    return codes.write(redemptions.code_of(session, make_voucher(session, lan.customer)))


def test_a_voucher_is_seen_used_once_and_usable_again_when_that_was_a_mistake(
    session: Session, cashier: Person, lan: Person, code: str
) -> None:
    assert f"{code} · Giảm 20.000đ · đến hết 22/11" in lan.say("ưu đãi")
    assert "Giảm 20.000đ" not in lan.say("quà")
    answer = cashier.say(f"/doi {code}")
    assert answer.startswith("Đã nhận ưu đãi Giảm 20.000đ của ")
    assert f"/huy {code}\nTrừ 20.000đ vào hóa đơn này." in answer
    assert told(lan)[-1].startswith("Bạn vừa dùng ưu đãi Giảm 20.000đ.")
    assert "Mỗi mã chỉ nhận một lần." in cashier.say(f"/doi {code}")
    undone = cashier.say(f"/huy {code}")
    assert undone.startswith("Đã hủy lần dùng ưu đãi Giảm 20.000đ của ") and "Mã dùng lại được" in undone
    assert "chưa được dùng" in cashier.say(f"/huy {code}")
    assert cashier.say(f"/doi {code}").startswith("Đã nhận ưu đãi")
    assert faults(session) == []


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_a_voucher_for_larger_bills_asks_for_the_bill_and_for_enough_of_it(
    session: Session, cashier: Person, code: str, locale: str
) -> None:
    session.scalars(sa.select(Reward)).one().minimum_bill = 100_000
    word = {"vi": "/doi", "en": "/redeem"}[locale]
    asked, small = cashier.say(f"{word} {code}"), cashier.say(f"{word} {code} 99k")
    needs, lacks = {
        "vi": ("cho đơn từ 100.000đ", "đơn 99.000đ còn thiếu 1.000đ"),
        "en": ("for bills from 100,000₫", "a bill of 99,000₫ lacks 1,000₫"),
    }[locale]
    assert needs in asked and asked.endswith(f"/doi {code} 100k")
    assert needs in small and lacks in small
    assert f"{code} 350k" not in (unclear := cashier.say(f"/doi {code} 350")) and "350k" in unclear
    plain = code.replace("-", " ").lower()
    assert "Giảm 20.000đ" in cashier.say(f"/doi {plain} đơn 100k")
    used = session.scalars(sa.select(AuditEntry).filter_by(action="redemption_fulfilled")).one()
    assert used.detail["bill"] == 100_000
    assert faults(session) == []


def test_a_voucher_is_not_given_back_for_points(lan: Person, code: str) -> None:
    assert code in lan.say("ưu đãi")
    lan.say(f"hủy đổi quà {code}")
    assert code in lan.say("ưu đãi")
