"""Templates: what the platforms approved, what each costs, and which stands in for which of our messages."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request, url_for

from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount
from loyalty.console.channels import standing
from loyalty.console.channels.here import section
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.errors import NotFound
from loyalty.messaging import budget, pace_words, templates, way_words, ways
from loyalty.messaging.models import MessageTemplate, TemplateUse
from loyalty.messaging.platforms import RULES
from loyalty.messaging.templates import TemplateUnfit
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

STATUSES: Mapping[str, tuple[Both, str]] = {
    "enabled": (Both("được duyệt", "approved"), "leaf"),
    "pending": (Both("chờ duyệt", "pending"), "amber"),
    "rejected": (Both("bị từ chối", "rejected"), "clay"),
    "disabled": (Both("bị tắt", "disabled"), "clay"),
    "gone": (Both("không còn nữa", "gone"), ""),
}
TAGS: Mapping[str, Both] = {
    "transaction": Both("giao dịch", "transaction"),
    "care": Both("chăm sóc", "care"),
    "promotion": Both("ưu đãi", "promotion"),
    "utility": Both("tiện ích", "utility"),
}
SWITCHES: Mapping[str, str] = {"package": "bills_package", "human": "has_human_agent"}
FLAGS: Mapping[str, Both] = {
    "package": Both("tin tư vấn sau hạn có tính phí", "billed consultation messages"),
    "human": Both("trả lời của người trong 7 ngày", "a person's answers within 7 days"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One template in the list. `uses`: what it stands in for, each with its fault in words, or ""."""

    template: MessageTemplate
    kind: str
    status: str
    colour: str
    tag: str
    quality: str  # in words; "" where the platform tells of none
    uses: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One blank with what fills it, and what that would be for a real customer."""

    name: str
    field: str
    is_required: bool
    longest: int | None
    place: str
    value: str
    fault: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says: for which purpose, and what fills each blank."""

    purpose: str
    mapping: Mapping[str, str]


@section.get("/channels/templates", right=Right.CHANNELS)
def list_templates(desk: Desk) -> Answer:
    """Every template, and the ways that cost money although they need none."""
    uses = templates.list_uses(desk.session)
    rows = [_row(desk, template, uses) for template in templates.list_all(desk.session)]
    shop_accounts = desk.session.scalars(sa.select(ChannelAccount).order_by(ChannelAccount.id)).all()
    price = RULES.number("zalo", "package_price", desk.now) or 0
    return desk.render(
        "channels/templates.html",
        rows=rows,
        accounts=shop_accounts,
        package_price=format_money(price, desk.locale),
        month=budget.of_month(desk.session, now=desk.now),
        outlook=pace_words.of_month(desk.session, desk.locale, now=desk.now),
    )


@section.get("/channels/templates/<public_id>", right=Right.CHANNELS)
def template(desk: Desk, public_id: str) -> Answer:
    """One template: choose what it stands in for, and see what a real customer would read."""
    return _page(desk, templates.get_public(desk.session, public_id), request.args)


@section.post("/channels/templates/<public_id>/use", right=Right.SETTINGS)
def use_template(desk: Desk, public_id: str) -> Answer:
    """It stands in for a purpose from now on."""
    found = templates.get_public(desk.session, public_id)
    asked = _asked(desk, found, request.form)
    before = templates.find_use(desk.session, asked.purpose, found.channel_account_id)
    undo = _undo(desk, found, asked.purpose, before)
    try:
        templates.assign(desk.session, asked.purpose, public_id, asked.mapping, by=desk.author, now=desk.now)
    except TemplateUnfit as unfit:
        return _page(desk, found, request.form, error=_sentence(desk, unfit)), 422
    told = desk.t("«{title}» nay dùng cho: {purpose}.", "“{title}” now stands in for: {purpose}.")
    text = told.format(title=found.title, purpose=way_words.PURPOSES[asked.purpose].in_(desk.locale))
    return desk.done(text, to=url_for(".template", public_id=public_id, purpose=asked.purpose), undo=undo)


@section.post("/channels/templates/<public_id>/release", right=Right.SETTINGS)
def release_template(desk: Desk, public_id: str) -> Answer:
    """Nothing stands in for that purpose any more; choosing it again is the way back."""
    found, purpose = templates.get_public(desk.session, public_id), request.args.get("purpose", "")
    before = templates.find_use(desk.session, purpose, found.channel_account_id)
    undo = _undo(desk, found, purpose, before) if before is not None else None
    templates.release(desk.session, purpose, public_id, by=desk.author, now=desk.now)
    text = desk.t("Không dùng mẫu «{title}» cho việc này nữa.", "“{title}” does not stand in for it any more.")
    to = url_for(".template", public_id=public_id)
    return desk.done(text.format(title=found.title), to=to, undo=undo)


@section.post("/channels/templates/<public_id>/again", right=Right.SETTINGS)
def use_again(desk: Desk, public_id: str) -> Answer:
    """The choice of before, which stands in the address. Raises TemplateNotFound, TemplateUnfit."""
    mapping = _mapping_of(request.args.get("mapping", ""))
    purpose = request.args.get("purpose", "")
    templates.assign(desk.session, purpose, public_id, mapping, by=desk.author, now=desk.now)
    text = desk.t("Đã trả lại lựa chọn trước.", "The choice of before is back.")
    return desk.done(text, to=url_for(".template", public_id=public_id, purpose=purpose))


@section.post("/channels/ways/<int:account_id>/<name>/<state>", right=Right.SETTINGS)
def switch_way(desk: Desk, account_id: int, name: str, state: str) -> Answer:
    """Let one account use a way that is off by default, or no longer."""
    account = desk.session.get(ChannelAccount, account_id)
    if account is None or name not in SWITCHES or state not in ("on", "off"):
        raise NotFound(name)
    setattr(account, SWITCHES[name], state == "on")
    desk.session.flush()
    desk.note("way_switched", f"channel:{account.kind}", way=name, state=state)
    told = desk.t("Đã bật: {way}.", "On: {way}.") if state == "on" else desk.t("Đã tắt: {way}.", "Off: {way}.")
    other = "off" if state == "on" else "on"
    undo = Undo(url_for(".switch_way", account_id=account_id, name=name, state=other), desk.t("Hoàn tác", "Undo"))
    return desk.done(told.format(way=FLAGS[name].in_(desk.locale)), to=url_for(".list_templates"), undo=undo)


def _row(desk: Desk, found: MessageTemplate, uses: Sequence[TemplateUse]) -> Row:
    words, colour = STATUSES.get(found.status, (Both(found.status, found.status), ""))
    tag = TAGS.get(found.tag, Both(found.tag, found.tag))
    mine = [use for use in uses if use.template_id == found.id]
    return Row(
        found,
        accounts.get(desk.session, found.channel_account_id).kind,
        words.in_(desk.locale),
        colour,
        tag.in_(desk.locale),
        standing.SAID[found.quality].in_(desk.locale) if found.quality in standing.SAID else found.quality,
        [(way_words.PURPOSES[use.purpose].in_(desk.locale), _fault_of(desk, found, use)) for use in mine],
    )


def _fault_of(desk: Desk, found: MessageTemplate, use: TemplateUse) -> str:
    """What keeps a chosen template back, in words; "" when it can be sent."""
    filled = templates.fill(found.parameters, use.mapping, None)
    if filled.fault is not None:
        facts = {"template": found.title, "parameter": filled.parameter}
        return way_words.REASONS[filled.fault].in_(desk.locale, **facts)
    if found.status != templates.ENABLED:
        return way_words.REASONS["template_disabled"].in_(desk.locale, template=found.title)
    return ""


def _page(desk: Desk, found: MessageTemplate, sent: Mapping[str, str], error: str = "") -> str:
    asked = _asked(desk, found, sent)
    person = _somebody(desk, found.channel_account_id)
    blanks = _blanks(desk, found, asked, person)
    kind = accounts.get(desk.session, found.channel_account_id).kind
    fitting = [
        (purpose, way_words.PURPOSES[purpose].in_(desk.locale))
        for purpose in templates.PLACES
        if RULES.carries(kind, found.tag, ways.purpose_of(purpose), desk.now)
    ]
    use = templates.find_use(desk.session, asked.purpose, found.channel_account_id)
    return desk.render(
        "channels/template.html",
        row=_row(desk, found, templates.list_uses(desk.session)),
        purposes=fitting,
        asked=asked,
        blanks=blanks,
        fillers=[
            (place, way_words.PLACES[place].in_(desk.locale)) for place in templates.PLACES.get(asked.purpose, ())
        ],
        person=person,
        error=error,
        is_used=use is not None and use.template_id == found.id,
    )


def _asked(desk: Desk, found: MessageTemplate, sent: Mapping[str, str]) -> Asked:
    """As it was sent; where nothing was, as it is kept."""
    purpose = sent.get("purpose", "")
    if purpose not in templates.PLACES:
        purpose = _first_purpose(desk, found)
    fields = {f"place_{place}": blank["name"] for place, blank in enumerate(found.parameters)}
    if any(field in sent for field in fields):
        return Asked(purpose, {name: sent.get(field, "") for field, name in fields.items()})
    use = templates.find_use(desk.session, purpose, found.channel_account_id)
    kept = use.mapping if use is not None and use.template_id == found.id else {}
    return Asked(purpose, kept)


def _first_purpose(desk: Desk, found: MessageTemplate) -> str:
    """What it stands in for already, else the first it may."""
    used = [use.purpose for use in templates.list_uses(desk.session) if use.template_id == found.id]
    kind = accounts.get(desk.session, found.channel_account_id).kind
    may = (
        purpose for purpose in templates.PLACES if RULES.carries(kind, found.tag, ways.purpose_of(purpose), desk.now)
    )
    return used[0] if used else next(may, next(iter(templates.PLACES)))


def _blanks(desk: Desk, found: MessageTemplate, asked: Asked, person: Customer | None) -> Sequence[Shown]:
    facts = _facts(desk, person)
    shown = []
    for number, blank in enumerate(found.parameters):
        filled = templates.fill([blank], asked.mapping, facts)
        named = {"template": found.title, "parameter": blank["name"]}
        fault = way_words.REASONS[filled.fault].in_(desk.locale, **named) if filled.fault else ""
        place = asked.mapping.get(blank["name"], "")
        value = filled.values.get(blank["name"], "")
        shown.append(
            Shown(blank["name"], f"place_{number}", blank["is_required"], blank["longest"], place, value, fault)
        )
    return shown


def _somebody(desk: Desk, account_id: int) -> Customer | None:
    """The newest person of that account who has a name and is still there."""
    mine = sa.exists().where(
        ChannelIdentity.customer_id == Customer.id, ChannelIdentity.channel_account_id == account_id
    )
    query = sa.select(Customer).where(mine, Customer.name.is_not(None), Customer.erased_at.is_(None))
    return desk.session.scalar(query.order_by(Customer.id.desc()).limit(1))


def _facts(desk: Desk, person: Customer | None) -> Mapping[str, str]:
    """Name, balance and tier are real; the rest is an example."""
    stats = desk.session.get(CustomerStats, person.id) if person is not None else None
    tier = desk.programme.tier_name(stats.tier, desk.locale) if stats is not None else ""
    return {
        "name": (profiles.name_of(desk.session, person) or "") if person is not None else "",
        "shop": desk.shop.name,
        "points": desk.t("25 điểm", "25 points"),
        "balance": format_points(stats.points if stats is not None else 0, desk.locale),
        "tier": tier,
        "lower": desk.programme.tiers[0].names.get(desk.locale, ""),
        "before": tier,
        "more": desk.t("mua thêm 450.000đ", "spend 450,000₫ more"),
        "amount": format_money(250_000, desk.locale),
        "store": desk.shop.name,
        "day": f"{desk.shop.day(desk.now):%d/%m/%Y}",
        "text": desk.t("Giảm 20% cho ly thứ hai đến hết tuần.", "20% off the second cup until Sunday."),
    }


def _undo(desk: Desk, found: MessageTemplate, purpose: str, before: TemplateUse | None) -> Undo:
    label = desk.t("Hoàn tác", "Undo")
    if before is None:
        return Undo(url_for(".release_template", public_id=found.public_id, purpose=purpose), label)
    old = desk.session.get_one(MessageTemplate, before.template_id)
    mapping = json.dumps(before.mapping, ensure_ascii=False)
    return Undo(url_for(".use_again", public_id=old.public_id, purpose=purpose, mapping=mapping), label)


def _mapping_of(text: str) -> dict[str, str]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(place) for name, place in found.items()} if isinstance(found, dict) else {}


def _sentence(desk: Desk, unfit: TemplateUnfit) -> str:
    known = UNFIT.get(unfit.problem)
    return known.in_(desk.locale, named=unfit.named) if known is not None else desk.sentence(unfit)


UNFIT: Mapping[str, Both] = {
    "purpose": Both("Chọn một việc trong danh sách.", "Choose one of the purposes in the list."),
    "status": Both("Chỉ dùng được mẫu đã được duyệt.", "Only an approved template can be used."),
    "tag": Both("Nền tảng không cho dùng loại mẫu này cho việc đó.", "The platform does not allow it for that."),
    "parameter": Both("Chọn cái sẽ điền vào ô «{named}».", "Choose what fills “{named}”."),
    "place": Both("Việc này không có «{named}» để điền.", "There is no “{named}” to fill in for this purpose."),
}
