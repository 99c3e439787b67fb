"""The rules as sentences."""

import pytest

from loyalty.programme import comparing, days, sentences
from loyalty.programme.reading import read
from loyalty.programme.sentences import describe
from tests.builders_points import DEMO
from tests.loyalty.programme.test_reading import RULE

DEMO_TEXT = DEMO.read_text(encoding="utf-8")


def test_the_demo_programme_reads_as_people_talk() -> None:
    assert describe(read(1, DEMO_TEXT).must(), "vi") == [
        "Cứ 10.000đ được 1 điểm; phần lẻ để dành cho đơn sau",
        "Hạng Thành viên: mọi khách, tích điểm ×1",
        "Hạng Bạc: chi tiêu từ 2.000.000đ trong 12 tháng, tích điểm ×1,25",
        "Hạng Vàng: chi tiêu từ 10.000.000đ trong 12 tháng, tích điểm ×1,5",
        "Không còn đủ mức thì xuống một hạng, giữ hạng đó trọn một kỳ; khách được báo trước 30 ngày",
        "Điểm dùng được 12 tháng kể từ ngày tích",
        "Thu ngân nhập hóa đơn trên 5.000.000đ thì chờ duyệt",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('downgrade = "never"', "Đã lên hạng thì không xuống"),
        ('downgrade = "to_fit"\nwarn_days = 0', "Không còn đủ mức thì xuống hạng vừa với mức đạt được"),
        ("grace_days = 10", "Không còn đủ mức thì xuống một hạng, sau 10 ngày châm chước, giữ hạng đó trọn một kỳ; "),
    ],
)
def test_how_a_tier_is_lost_has_its_sentence(written: str, said: str) -> None:
    programme = read(1, DEMO_TEXT.replace("[qualification]\n", f"[qualification]\n{written}\n")).must()

    assert any(line.startswith(said) for line in describe(programme, "vi"))


def test_a_rule_says_what_it_does_when_how_long_and_how_much() -> None:
    programme = read(1, DEMO_TEXT + RULE).must()

    assert describe(programme, "vi")[-2] == (
        "Giờ vàng: nhân 2 cả đơn; món CF-*, nhóm hàng Cà phê, tại MAIN, hạng Vàng, vào thứ Bảy, Chủ Nhật, "
        "lúc 14:00–17:00, 20:00–24:00, ngày Tết (29 tháng Chạp đến mùng 5), 15/8 âm lịch, 24/12, 25/12/2026, "
        "đơn từ 200.000đ, đơn không giảm giá; "
        "từ 01/12/2026 đến hết 31/12/2027; mỗi khách mỗi ngày tối đa 100 điểm, ngân sách 50.000 điểm"
    )
    assert describe(programme, "en")[-2].startswith("Happy hour: the whole bill earns ×2; products CF-*, ")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('months = 12\nround_up = "quarter"', "Điểm dùng được 12 tháng kể từ ngày tích, đến hết quý"),
        ("days = 90", "Điểm dùng được 90 ngày kể từ ngày tích"),
        ('policy = "dates"\ndates = ["30/06", "31/12"]', "Điểm hết hạn vào 30/6, 31/12 hằng năm"),
        ('policy = "inactivity"\ndays = 30', "Điểm hết hạn sau 30 ngày không tích điểm"),
        ('policy = "year_unless_bought"', "Điểm hết hạn ngày 31/12 nếu cả năm không mua"),
        ('policy = "tier_window"', "Điểm hết hạn cùng hạng"),
        ('policy = "never"', "Điểm không hết hạn"),
    ],
)
def test_expiry_in_words(written: str, said: str) -> None:
    document = DEMO_TEXT.replace("[expiry]\nmonths = 12", f"[expiry]\n{written}")

    assert said in describe(read(1, document).must(), "vi")


def test_a_change_is_told_in_sentences_and_in_lines() -> None:
    new = DEMO_TEXT.replace("per_amount = 10000", "per_amount = 20000")

    found = comparing.compare(read(1, DEMO_TEXT).must(), DEMO_TEXT, read(2, new).must(), new, "en")

    assert found.gone == ("1 point per 10,000₫; what is left over counts with the next bill",)
    assert found.come == ("1 point per 20,000₫; what is left over counts with the next bill",)
    assert [line[:18] for line in found.lines if line[0] in "+-"] == ["-per_amount = 1000", "+per_amount = 2000"]
    assert comparing.compare(read(1, new).must(), new, read(2, new).must(), new, "en").is_none


def test_whatever_day_has_a_name_is_called_as_people_call_it() -> None:
    assert days.NAMED.keys() == sentences.NAMED_DAYS.keys()
