"""What may be put into a campaign's words about the person it goes to: each by its name, in words, with an example."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.words import Both

MESSAGE = {"zalo": 2000, "messenger": 1999}  # characters of one message: both platforms' send pages, May 2026


@dataclass(frozen=True, slots=True)
class Field:
    """One blank. A value is cut to `longest` characters, unless it is `whole`: cut, it would be of no use.

    `is_personal`: it tells what somebody bought or holds, so it is missing for whoever does not want to be known by it.
    """

    label: Both
    example: Both
    longest: int = 60
    whole: bool = False
    is_personal: bool = False


FIELDS: Mapping[str, Field] = {
    "name": Field(Both("Tên khách", "Name"), Both("Lan", "Lan")),
    "points": Field(Both("Số điểm", "Points"), Both("320 điểm", "320 points"), 30, is_personal=True),
    "tier": Field(Both("Hạng", "Tier"), Both("Bạc", "Silver"), 40, is_personal=True),
    "next_tier": Field(Both("Hạng kế tiếp", "The next tier"), Both("Vàng", "Gold"), 40, is_personal=True),
    "to_next_tier": Field(
        Both("Còn thiếu để lên hạng", "Missing to the next tier"),
        Both("1.450.000đ", "1,450,000₫"),
        30,
        is_personal=True,
    ),
    "expiring_points": Field(
        Both("Điểm sắp hết hạn", "Points that expire next"), Both("40 điểm", "40 points"), 30, is_personal=True
    ),
    "expires_on": Field(Both("Ngày điểm hết hạn", "When they expire"), Both("15/12", "15 Dec"), 20, is_personal=True),
    "last_visit": Field(
        Both("Lần mua gần nhất", "Day of the last visit"), Both("12/11", "12 Nov"), 20, is_personal=True
    ),
    "days_away": Field(
        Both("Số ngày chưa ghé", "Days since the last visit"), Both("18 ngày", "18 days"), 20, is_personal=True
    ),
    "favourite_product": Field(
        Both("Món hay mua", "Favourite product"), Both("Latte đá", "Iced latte"), is_personal=True
    ),
    "favourite_category": Field(
        Both("Nhóm món hay mua", "Favourite category"), Both("Cà phê", "Coffee"), is_personal=True
    ),
    "interest": Field(Both("Điều khách quan tâm", "First interest"), Both("trà sữa", "milk tea"), is_personal=True),
    "shop": Field(Both("Tên cửa hàng", "The shop's name"), Both("Cà phê Mây", "Cà phê Mây")),
    "voucher": Field(Both("Mã ưu đãi riêng", "Their own voucher"), Both("K7P4-M2QX", "K7P4-M2QX"), 100, whole=True),
    "voucher_until": Field(Both("Hạn dùng mã", "Last day of the voucher"), Both("31/12", "31 Dec"), 20),
    "referral_link": Field(
        Both("Đường dẫn giới thiệu", "Referral link"),
        Both("https://example.com/r/K7P4M2Q", "https://example.com/r/K7P4M2Q"),
        160,
        whole=True,
    ),
}
OF_OFFER = frozenset({"voucher", "voucher_until"})  # only where the campaign carries an offer


_OWN = re.compile(r"custom\.[a-z][a-z0-9_]{0,31}")  # whether there is one, only the shop's database knows


def find(name: str) -> Field | None:
    """A blank by its name; one of a shop's own fields too, whether this shop has it or not."""
    if _OWN.fullmatch(name):
        return Field(Both(name, name), Both("…", "…"), 200, is_personal=True)
    return FIELDS.get(name)


def examples(locale: str) -> dict[str, str]:
    """A value for every field, of nobody real."""
    return {name: field.example.in_(locale) for name, field in FIELDS.items()}
