"""The ways, and why one is not allowed, in the shop's two languages: for people of the shop, never for customers."""

from collections.abc import Mapping

from loyalty.channels.route import Route
from loyalty.messaging.ways import Way
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

ROUTES: Mapping[Route, Both] = {
    Route.FREE: Both("Tin miễn phí trong hạn", "Free, within the window"),
    Route.PACKAGE: Both("Tin tư vấn sau hạn", "Consultation after the window"),
    Route.TEMPLATE_USER: Both("Mẫu tin qua chat", "Template to the chat"),
    Route.TEMPLATE_PHONE: Both("Mẫu tin qua số điện thoại", "Template to the phone"),
    Route.HUMAN: Both("Người trả lời, trong 7 ngày", "Written by a person, within 7 days"),
}
PURPOSES: Mapping[str, Both] = {
    "answer": Both("trả lời", "an answer"),
    "notice": Both("thông báo điểm", "a notice of points"),
    "awarded": Both("báo được cộng điểm", "points were awarded"),
    "adjusted": Both(
        "báo điểm được sửa, hàng trả, đơn hủy", "points were corrected, goods came back, a bill was undone"
    ),
    "expiring": Both("báo điểm sắp hết hạn", "points expire soon"),
    "tier_up": Both("báo lên hạng", "a higher tier"),
    "tier_warning": Both("báo sắp xuống hạng", "a tier about to be lost"),
    "tier_fell": Both("báo đã xuống hạng", "a tier was lost"),
    "service": Both("trả lời góp ý", "the answer to a case"),
    "promotion": Both("ưu đãi", "an offer"),
    "human": Both("nhân viên nhắn", "a person of the shop writes"),
}
CALLS: Mapping[str, Both] = {  # what somebody is rung up about
    "expiring": Both("điểm sắp hết hạn", "points about to end"),
    "service": Both("trả lời đã hứa", "a promised answer"),
    "human": Both("tin của nhân viên", "what staff wrote"),
}
PLACES: Mapping[str, Both] = {
    "name": Both("tên khách", "the name"),
    "shop": Both("tên cửa hàng", "the shop"),
    "points": Both("số điểm của tin này", "the points it is about"),
    "balance": Both("số điểm đang có", "the balance"),
    "tier": Both("hạng", "the tier"),
    "lower": Both("hạng sẽ xuống", "the tier they would fall to"),
    "before": Both("hạng trước đó", "the tier before"),
    "more": Both("cần thêm bao nhiêu để giữ hạng", "what keeps the tier"),
    "amount": Both("số tiền của đơn", "the bill's amount"),
    "store": Both("cửa hàng đã mua", "the store"),
    "day": Both("ngày", "the day"),
    "text": Both("lời của tin", "the words"),
    "voucher": Both("mã ưu đãi riêng", "their own voucher"),
    "voucher_until": Both("hạn dùng mã", "the voucher's last day"),
}
REASONS: Mapping[str, Both] = {
    "consent": Both("khách chưa đồng ý", "no consent"),
    "person": Both("khách chặn hoặc không nhận tin", "the person cannot be reached"),
    "complaint": Both("khách đang có góp ý chưa xong", "an open complaint"),
    "window": Both("quá hạn trả lời", "outside the window"),
    "hours": Both("ngoài giờ được gửi", "not at this hour"),
    "quota": Both("hết {most} mẫu tin của hôm nay", "the day's {most} templates are used up"),
    "cap": Both("khách đã nhận đủ {most} tin ưu đãi nền tảng cho phép", "the platform allows {most} offers a person"),
    "frequency": Both("đã đủ số tin đã hứa với khách", "above the promised frequency"),
    "budget": Both("{price}, tháng này chỉ còn {left}", "{price}; the month has {left} left"),
    "stopped": Both("kênh đang dừng gửi", "the channel is stopped"),
    "off": Both("cửa hàng chưa bật cách này", "the shop has not switched it on"),
    "refused": Both("khách đã từ chối cách này", "the person refused this way"),
    "no_template": Both("chưa chọn mẫu tin cho việc này", "no template is chosen for it"),
    "not_offered": Both("mẫu «{template}» không gửi được cách này", "“{template}” cannot go this way"),
    "template_disabled": Both("mẫu «{template}» đang bị tắt", "“{template}” is not enabled"),
    "template_purpose": Both("mẫu «{template}» không dùng cho việc này", "“{template}” is not for this purpose"),
    "template_mapping": Both(
        "mẫu «{template}» còn ô «{parameter}» chưa có gì điền", "nothing fills “{parameter}” of “{template}”"
    ),
    "template_value": Both(
        "ô «{parameter}» của mẫu «{template}» thiếu hoặc quá dài",
        "“{parameter}” of “{template}” is missing or too long",
    ),
    "no_phone": Both("chưa có số điện thoại", "no phone is known"),
    "phone_unproven": Both("số điện thoại chưa được xác nhận", "the phone is not proven"),
}


IN_PACKAGE = Both("trong gói, còn {left} tin", "in the package, {left} left")


def route(way: Way, locale: str) -> str:
    return ROUTES[way.route].in_(locale)


def priced(way: Way, locale: str) -> str:
    """What it costs; of a message out of the package also how many that has left."""
    price = format_money(way.price, locale)
    left = way.facts.get("package_left")
    return f"{price} ({IN_PACKAGE.in_(locale, left=format_points(left, locale))})" if left else price


def why(way: Way, locale: str) -> str:
    """Why it is not allowed; "" when it is."""
    if way.reason is None:
        return ""
    money = ("price", "left")
    facts = {name: format_money(fact, locale) if name in money else fact for name, fact in way.facts.items()}
    return REASONS[way.reason].in_(locale, **facts)
