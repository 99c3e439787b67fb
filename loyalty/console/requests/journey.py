"""Journeys to more people, or for more money, than one person alone may decide."""

from loyalty.console.journeys import words
from loyalty.console.sends import Sends
from loyalty.words import Both

look = Sends(
    "console.journeys.show",
    who=Both(
        "khoảng {people} người trong 30 ngày, tiền tin nhiều nhất {cost}",
        "about {people} people within 30 days, messages cost {cost} at most",
    ),
    approve=Both("Duyệt, cho chạy", "Approve, let it run"),
    done=Both("Đã duyệt, «{name}» bắt đầu nhận khách.", "Approved: “{name}” takes people in."),
    refuse=words.no,
    becomes=words.refused,
    one=Both("Hành trình «{name}» chờ duyệt", "The journey “{name}” waits for approval"),
    some=Both("{count} hành trình chờ duyệt", "{count} journeys wait for approval"),
)
