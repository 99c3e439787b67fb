"""Triggers and steps as one reads them."""

from collections.abc import Iterator, Mapping

from loyalty.campaigns import offers
from loyalty.campaigns.offers import Offer
from loyalty.console.desk import Desk
from loyalty.errors import NotFound
from loyalty.journeys import former
from loyalty.journeys.mail import Send
from loyalty.journeys.models import Journey
from loyalty.journeys.plans import Plan
from loyalty.journeys.steps import Branch, Goal, Step, Stop, Until, Wait
from loyalty.journeys.triggers import (
    Away,
    Birthday,
    InSegment,
    PointsExpiring,
    Purchase,
    TierFalling,
    TierUp,
    Trigger,
    Welcome,
)
from loyalty.segments import saved
from loyalty.words import Both

CARDS: Mapping[str, tuple[str, Both, Both]] = {  # by kind: icon, name, what it means
    "welcome": (
        "heart-handshake",
        Both("Khách mới", "Somebody new"),
        Both("Lần đầu đồng ý nhận ưu đãi, hoặc vừa tham gia.", "First agreed to offers, or has just joined."),
    ),
    "birthday": (
        "cake",
        Both("Sinh nhật", "Birthday"),
        Both("Trước hoặc đúng ngày, 09:00, mỗi năm một lần.", "Before it or on the day, at 09:00, once a year."),
    ),
    "away": (
        "mood-sad",
        Both("Lâu không ghé", "Stays away"),
        Both("Vắng lâu hơn nhịp mua của chính người đó.", "Away for longer than their own usual gap."),
    ),
    "purchase": (
        "receipt",
        Both("Sau khi mua", "After a purchase"),
        Both("Vài ngày sau một hóa đơn, của một món nếu muốn.", "Some days after a bill, of one thing if you like."),
    ),
    "points_expiring": (
        "hourglass",
        Both("Điểm sắp hết hạn", "Points about to end"),
        Both("Vài ngày trước khi điểm mất.", "Some days before points are gone."),
    ),
    "tier_up": (
        "star",
        Both("Lên hạng", "A tier up"),
        Both("Vừa đạt một hạng cao hơn.", "Just reached a higher tier."),
    ),
    "tier_falling": (
        "trending-down",
        Both("Sắp xuống hạng", "A tier about to fall"),
        Both("Sắp đến ngày mất hạng nếu không mua thêm.", "Soon to lose a tier unless they buy."),
    ),
    "segment": (
        "users-group",
        Both("Vào một nhóm", "Enters a segment"),
        Both("Bắt đầu đúng điều kiện của một nhóm khách.", "Begins to meet the rules of a segment."),
    ),
}
DOES: Mapping[str, tuple[str, Both]] = {
    "send": ("send", Both("Gửi tin", "Send")),
    "wait": ("clock", Both("Chờ vài ngày", "Wait days")),
    "hours": ("clock-hour-4", Both("Chờ vài giờ", "Wait hours")),
    "until": ("calendar", Both("Chờ đến ngày", "Wait until a day")),
    "branch": ("link", Both("Rẽ nhánh", "Branch")),
    "stop": ("player-stop", Both("Dừng", "Stop")),
}
REFUSED: Mapping[str, Both] = {  # by the state after a no
    "draft": Both("Hành trình lại là bản nháp, chưa nhận khách.", "It is a draft again and takes nobody in."),
    "paused": Both("Hành trình vẫn tạm dừng.", "It stays paused."),
    "active": Both("Hành trình chạy tiếp như trước khi sửa.", "It runs on as it was before the change."),
}
TESTS: Mapping[str, Both] = {
    "bought": Both("đã mua từ khi vào hành trình", "bought since entering"),
    "answered": Both("đã nhắn lại từ khi vào hành trình", "wrote back since entering"),
    "segment": Both("đang ở trong nhóm", "is in the segment"),
}


def of_trigger(desk: Desk, trigger: Trigger) -> str:
    """What makes people enter, as a sentence's part."""
    match trigger:
        case Welcome("joined"):
            return desk.t("vừa tham gia và đồng ý nhận ưu đãi", "just joined and agreed to offers")
        case Welcome():
            return desk.t("lần đầu đồng ý nhận ưu đãi", "agreed to offers for the first time")
        case Birthday(0):
            return desk.t("đúng ngày sinh nhật", "on their birthday")
        case Birthday(before):
            return desk.t(f"{before} ngày trước sinh nhật", f"{before} days before their birthday")
        case TierUp(tier):
            return desk.t("vừa lên hạng", "reached a higher tier") + (f" ({_tier(desk, tier)})" if tier else "")
        case TierFalling(days):
            return desk.t(f"sẽ xuống hạng trong {days} ngày tới", f"a tier is lost within {days} days")
        case PointsExpiring(days, least):
            return desk.t(f"có từ {least} điểm hết hạn sau {days} ngày", f"{least} points or more end in {days} days")
        case Away(tenths):
            times = f"{tenths / 10:g}"
            return desk.t(
                f"vắng {times.replace('.', ',')} lần nhịp mua của chính họ", f"away for {times} times their usual gap"
            )
        case Purchase():
            return _purchase(desk, trigger)
        case InSegment(segment):
            return desk.t("vừa vào nhóm ", "entered the segment ") + segment_name(desk, segment)


def of_step(desk: Desk, step: Step) -> str:
    """One step as a line."""
    match step:
        case Send():
            return "\n".join(_mail(desk, step))
        case Wait(days, hours, at):
            if hours:
                return desk.t(f"Chờ {hours} giờ", f"Wait {hours} hours")
            until = desk.t(f", đến {at:%H:%M}", f", until {at:%H:%M}") if at else ""
            return desk.t(f"Chờ {days} ngày", f"Wait {days} days") + until
        case Until(on, at):
            return desk.t(f"Chờ đến {at:%H:%M} ngày {on:%d/%m/%Y}", f"Wait until {on:%d %b %Y}, {at:%H:%M}")
        case Branch():
            asked = TESTS[step.test].in_(desk.locale)
            named = f" «{segment_name(desk, step.segment)}»" if step.segment else ""
            yes, no = _goal(desk, step.yes), _goal(desk, step.no)
            return desk.t(f"Nếu {asked}{named}: {yes}; không thì {no}", f"If they {asked}{named}: {yes}; else {no}")
        case Stop():
            return desk.t("Dừng ở đây", "Stop here")


def _mail(desk: Desk, step: Send) -> Iterator[str]:
    """Every wording, the compared texts with their shares, and the voucher."""
    if not step.variants:
        yield step.text
    yield from (f"{'ABCD'[place]} {each['share']}%: {each['text']}" for place, each in enumerate(step.variants))
    yield from (f"{key}: {text}" for key, text in sorted(step.texts.items()))
    if step.offer is not None:
        yield desk.t("Kèm mỗi người một mã: ", "With a code for each: ") + _gift(desk, step.offer)


def _gift(desk: Desk, offer: Offer) -> str:
    try:
        return offers.title(desk.session, offer, desk.locale)
    except NotFound:
        return offer.reward


def no(desk: Desk, journey: Journey) -> str:
    """What a no does, on its button."""
    if former.is_kept(journey):
        return desk.t("Từ chối, chạy như trước khi sửa", "Reject, it runs as before")
    return desk.t("Từ chối, không cho chạy", "Reject, it does not run")


def refused(desk: Desk, journey: Journey) -> str:
    """What became of one that a second person refused, or that was taken back."""
    return REFUSED[journey.state].in_(desk.locale)


def of_again(desk: Desk, plan: Plan) -> str:
    if plan.again == "never":
        return desk.t("mỗi người một lần", "once each")
    if plan.again == "yearly":
        return desk.t("mỗi năm một lần", "once a year")
    return desk.t(f"lại được sau {plan.again} ngày", f"again after {plan.again} days")


def segment_name(desk: Desk, public_id: str) -> str:
    try:
        return saved.get_public(desk.session, public_id, removed=True).name
    except NotFound:
        return public_id


def _purchase(desk: Desk, trigger: Purchase) -> str:
    what = trigger.sku or trigger.category
    told = desk.t(f"{trigger.days} ngày sau khi mua", f"{trigger.days} days after a purchase")
    if trigger.first:
        told = desk.t(f"{trigger.days} ngày sau lần mua đầu tiên", f"{trigger.days} days after the first purchase")
    return f"{told} ({what})" if what else told


def _goal(desk: Desk, goal: Goal) -> str:
    if goal == "on":
        return desk.t("đi tiếp", "go on")
    return desk.t("dừng", "stop") if goal == "stop" else desk.t(f"sang bước {goal + 1}", f"go to step {goal + 1}")


def _tier(desk: Desk, code: str) -> str:
    for tier in desk.programme.tiers:
        if tier.code == code:
            return tier.names.get(desk.locale, code)
    return code
