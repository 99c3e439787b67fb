"""Rules read back as sentences."""

from typing import Any

import pytest

from loyalty.segments import rules, sentence
from tests.loyalty.segments.test_rules import FRAME, is_


@pytest.mark.parametrize(
    ("wanted", "vi", "en"),
    [
        ({"all": []}, "Tất cả khách hàng", "All customers"),
        ({"any": []}, "Không có khách nào", "Nobody"),
        (is_("tier", "=", "gold"), "Khách hàng: hạng Vàng", "Customers: tier Gold"),
        (is_("tier", ">=", "silver"), "Khách hàng: hạng từ Bạc trở lên", "Customers: tier at least Silver"),
        (
            is_("spent_12m", ">=", 2_000_000),
            "Khách hàng: chi tiêu 12 tháng qua từ 2.000.000đ trở lên",
            "Customers: spent in 12 months at least 2,000,000₫",
        ),
        (
            {
                "all": [
                    is_("last_purchase_days", ">", 30),
                    {"any": [is_("orders", "between", [2, 5]), is_("points", "in", [1, 2, 3])]},
                ]
            },
            "Khách hàng: lần mua gần nhất cách đây trên 30 ngày và (số lần mua từ 2 đến 5 hoặc số điểm là 1, 2 hoặc 3)",
            "Customers: last purchase above 30 days ago and (purchases from 2 to 5 or points one of 1, 2 or 3)",
        ),
        (
            {"not": {"all": [is_("channel", "in", ["zalo", "messenger"]), is_("has_phone", "!=", True)]}},
            "Khách hàng: không phải (có kênh Zalo hoặc Messenger và chưa có số điện thoại)",
            "Customers: not (on Zalo or Messenger and without a phone number)",
        ),
        (
            {**is_("bought.category", ">=", 2), "of": ["Cà phê", "Bánh"], "within_days": 90},
            "Khách hàng: số lần mua có nhóm hàng Cà phê hoặc Bánh trong 90 ngày qua từ 2 trở lên",
            "Customers: purchases of the category Cà phê or Bánh in the last 90 days at least 2",
        ),
        (
            {"all": [is_("birthday_in_days", "<=", 7), is_("tag", "!=", "khách sỉ"), is_("last_store", "=", "MAIN")]},
            "Khách hàng: sinh nhật còn không quá 7 ngày và không có nhãn khách sỉ và mua lần cuối tại Quán Mây",
            "Customers: birthday in at most 7 days and not tagged khách sỉ and bought last at Quán Mây",
        ),
        (
            is_("segment", "in", ["id"]),
            "Khách hàng: thuộc nhóm Tháng 11",
            "Customers: in the segment Tháng 11",
        ),
        (
            is_("consent.promotion", "=", True),
            "Khách hàng: đồng ý nhận ưu đãi",
            "Customers: agreed to offers",
        ),
    ],
)
def test_rules_read_as_a_sentence_in_both_languages(wanted: Any, vi: str, en: str) -> None:
    tree = rules.parse(wanted, FRAME)
    assert sentence.describe(tree, FRAME) == vi
    assert sentence.describe(tree, FRAME, "en") == en
