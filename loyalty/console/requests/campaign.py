"""Campaigns to more people, or for more money, than one person alone may decide."""

from loyalty.console.sends import Sends
from loyalty.words import Both

look = Sends(
    "console.campaigns.show",
    who=Both("gửi {people} người, tiền tin nhiều nhất {cost}", "to {people} people, messages cost {cost} at most"),
    approve=Both("Duyệt, gửi như đã hẹn", "Approve, send as planned"),
    done=Both("Đã duyệt, «{name}» được gửi như đã hẹn.", "Approved: “{name}” goes as planned."),
    refuse=lambda desk, _campaign: desk.t("Từ chối, không gửi", "Reject, nothing goes"),
    becomes=lambda desk, _campaign: desk.t("Không có tin nào đi.", "Nothing goes."),
    one=Both("Chiến dịch «{name}» chờ duyệt", "The campaign “{name}” waits for approval"),
    some=Both("{count} chiến dịch chờ duyệt", "{count} campaigns wait for approval"),
)
