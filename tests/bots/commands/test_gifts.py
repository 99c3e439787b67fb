"""A voucher of a campaign in chat: seen, used, and its use undone."""

import pytest
from sqlalchemy.orm import Session

from loyalty.rewards import catalogue, codes, gifts, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.gifts import Wanted
from loyalty.rewards.models import Kind, Redemption
from tests.builders import NOON
from tests.builders_chat import Person, told
from tests.builders_rewards import faults


@pytest.fixture
def code(session: Session, lan: Person) -> str:
    """Lan's own, as she would read it out."""
    terms = Terms(name={"vi": "Giảm 20.000đ"}, price=0, kind=Kind.AMOUNT, value=20_000, cost=20_000)
    reward = catalogue.make(session, terms, is_gift=True, now=NOON)
    wanted = [Wanted(lan.customer.id, "campaign:1")]
    [redemption_id] = gifts.draw(
        session, reward.id, wanted, actor="campaign:x", valid_on=NOON.date(), now=NOON
    ).values()
    return codes.write(redemptions.code_of(session, session.get_one(Redemption, redemption_id)))


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


def test_a_voucher_is_not_given_back_for_points(lan: Person, code: str) -> None:
    assert code in lan.say("ưu đãi")
    lan.say(f"hủy đổi quà {code}")
    assert code in lan.say("ưu đãi")
