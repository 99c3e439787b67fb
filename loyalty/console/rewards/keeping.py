"""Making and changing a reward, its stock, putting it away and bringing it back."""

from typing import Any

from flask import url_for

from loyalty import shop
from loyalty.console import pictured, reward_words
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Flag, Form, Many, Moment, Money, Text, WholeNumber
from loyalty.console.pictured import PictureFields
from loyalty.console.rewards.here import section
from loyalty.console.section import Answer
from loyalty.pictures import gallery
from loyalty.rewards import catalogue
from loyalty.rewards.catalogue import BadReward, Terms
from loyalty.rewards.models import Kind, Reward
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.staff import stores
from loyalty.staff.permissions import Right

WEEK = tuple(str(day) for day in range(7))
FIELD_OF = {"name": "name_vi", "stores": "stores", "tiers": "tiers"}  # the form's names for the domain's


class Codes(Many):
    """Codes of things the page offered; what is there no more is left out when it is kept."""

    def read(self, value: str) -> str:
        return value


class RewardForm(PictureFields):
    """A reward as the shop describes it; an empty limit is none."""

    name_vi = Text(required=True, longest=catalogue.LONGEST_NAME)
    name_en = Text(longest=catalogue.LONGEST_NAME)
    about_vi = Text(longest=500, lines=True)
    kind = Choice([*Kind], required=True)
    price = WholeNumber(low=1, required=True)
    value = Money()
    percent = WholeNumber(low=1, high=100)
    cost = Money()
    stock = WholeNumber()
    budget = Money()
    per_person = WholeNumber(low=1)
    per_month = WholeNumber(low=1)
    minimum_balance = WholeNumber()
    tiers = Codes(())
    stores = Codes(())
    segment = Text(longest=64)
    visible_from = Moment()
    visible_until = Moment()
    weekdays = Many(WEEK)
    hours = Text(longest=11)
    valid_days = WholeNumber(high=1000, required=True)
    returns_points = Flag()


@section.get("/rewards/new", right=Right.REWARDS)
def begin(desk: Desk) -> Answer:
    """An empty form."""
    return _page(desk, desk.form(RewardForm, kind=Kind.PRODUCT, valid_days=30, returns_points=True), None)


@section.post("/rewards/new", right=Right.REWARDS, ahead=pictured.unpack)
def create(desk: Desk) -> Answer:
    """Put a new one into the catalogue."""
    form = desk.form(RewardForm)
    if not form.carry_out(lambda given: _make(desk, given)):
        return _page(desk, form, None), 422
    made: Reward = form.result
    desk.note("reward_made", f"reward:{made.public_id}", number=made.number)
    text = desk.t(f"Đã thêm quà số {made.number}.", f"Reward number {made.number} is in the catalogue.")
    undo = Undo(url_for(".archive", public_id=made.public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(text, to=url_for(".show", public_id=made.public_id), undo=undo)


@section.get("/rewards/<public_id>/edit", right=Right.REWARDS)
def edit(desk: Desk, public_id: str) -> Answer:
    """The form with what it is now."""
    reward = catalogue.get_public(desk.session, public_id)
    return _page(desk, desk.form(RewardForm, **_initial(desk, reward)), reward)


@section.post("/rewards/<public_id>/edit", right=Right.REWARDS, ahead=pictured.unpack)
def save(desk: Desk, public_id: str) -> Answer:
    """Put it on other terms; what was promised keeps its price."""
    reward, form = catalogue.get_public(desk.session, public_id), desk.form(RewardForm)
    before = gallery.name_of(desk.session, reward.picture_id)
    if not form.carry_out(lambda given: _change(desk, reward, given)):
        return _page(desk, form, reward), 422
    desk.note("reward_changed", f"reward:{public_id}", number=reward.number)
    undo = None if before == form.result else _put_back(desk, reward, before)
    return desk.done(desk.t("Đã lưu.", "Saved."), to=url_for(".show", public_id=public_id), undo=undo)


@section.post("/rewards/picture", right=Right.REWARDS, writes=False)
def take_picture(desk: Desk) -> Answer:
    """The form's field with the file just chosen; no reward shows it yet."""
    return pictured.upload(desk, url_for(".take_picture"), desk.t("Ảnh của quà", "Its photo"))


@section.post("/rewards/<public_id>/picture", right=Right.REWARDS)
def put_picture(desk: Desk, public_id: str) -> Answer:
    """Show the reward with the picture the address names, without one where it names none."""
    reward, named = catalogue.get_public(desk.session, public_id), desk.args.get("picture", "")
    photo = gallery.get_public(desk.session, named) if named else None
    before = catalogue.picture(desk.session, reward, photo)
    desk.note("reward_changed", f"reward:{public_id}", number=reward.number, picture=named or None)
    text = desk.t("Đã đổi ảnh.", "The photo is changed.") if named else desk.t("Đã gỡ ảnh.", "The photo is gone.")
    undo = _put_back(desk, reward, before.public_id if before is not None else "")
    return desk.done(text, to=url_for(".show", public_id=public_id), undo=undo)


@section.post("/rewards/<public_id>/archive", right=Right.REWARDS)
def archive(desk: Desk, public_id: str) -> Answer:
    """Offer it to nobody any more; codes that are out are still good."""
    reward = catalogue.get_public(desk.session, public_id)
    catalogue.archive(desk.session, reward, now=desk.now)
    desk.note("reward_archived", f"reward:{public_id}", number=reward.number)
    name = reward_words.name(desk, reward)
    undo = Undo(url_for(".restore", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    text = desk.t(f"Đã cất «{name}». Mã đã phát vẫn dùng được.", f"“{name}” is put away. Codes given out stay good.")
    return desk.done(text, to=url_for(".index"), undo=undo)


@section.post("/rewards/<public_id>/restore", right=Right.REWARDS)
def restore(desk: Desk, public_id: str) -> Answer:
    """Offer it again."""
    reward = catalogue.get_public(desk.session, public_id)
    catalogue.bring_back(desk.session, reward)
    desk.note("reward_restored", f"reward:{public_id}", number=reward.number)
    name = reward_words.name(desk, reward)
    text = desk.t(f"«{name}» đổi được trở lại.", f"“{name}” can be had again.")
    return desk.done(text, to=url_for(".show", public_id=public_id))


def _make(desk: Desk, given: dict[str, Any]) -> Reward:
    made = catalogue.make(desk.session, _terms(desk, given, None), key=desk.key, now=desk.now)
    _show_with(desk, made, given)
    return made


def _change(desk: Desk, reward: Reward, given: dict[str, Any]) -> str:
    """Put it on other terms; the id of the picture it has now."""
    catalogue.change(desk.session, reward, _terms(desk, given, reward))
    return _show_with(desk, reward, given)


def _show_with(desk: Desk, reward: Reward, given: dict[str, Any]) -> str:
    named = pictured.chosen(desk, given)
    catalogue.picture(desk.session, reward, gallery.get_public(desk.session, named) if named else None)
    return named


def _put_back(desk: Desk, reward: Reward, picture: str) -> Undo:
    url = url_for(".put_picture", public_id=reward.public_id, picture=picture or None)
    return Undo(url, desk.t("Hoàn tác ảnh", "Undo the photo"))


def _terms(desk: Desk, given: dict[str, Any], reward: Reward | None) -> Terms:
    """What the form says. Raises BadReward with the form's own name of the field."""
    names = {locale: given[f"name_{locale}"] for locale in ("vi", "en") if given.get(f"name_{locale}")}
    is_percent, is_code = given["kind"] == Kind.PERCENT, given["kind"] == Kind.CODE
    keep = ("price", "stock", "budget", "per_person", "per_month", "visible_from", "visible_until", "hours")
    as_typed: dict[str, Any] = {name: given.get(name) for name in (*keep, "kind", "valid_days")}
    if is_code:
        as_typed["stock"] = reward.stock if reward is not None else None
    terms = Terms(
        **as_typed,
        name=names,
        about={"vi": given["about_vi"]} if given.get("about_vi") else {},
        value=given.get("percent" if is_percent else "value") or 0,
        cost=given.get("cost") or 0,
        minimum_balance=given.get("minimum_balance") or 0,
        tiers=[tier.code for tier in desk.programme.tiers if tier.code in given.get("tiers", ())],
        stores=[store.code for store in stores.list_all(desk.session) if store.code in given.get("stores", ())],
        segment_id=saved.get_public(desk.session, given["segment"]).id if given.get("segment") else None,
        weekdays=[int(day) for day in given.get("weekdays", ())],
        returns_points=given.get("returns_points", False),
    )
    try:
        catalogue.check(terms)
    except BadReward as bad:
        field = "percent" if is_percent and bad.facts["field"] == "value" else bad.facts["field"]
        raise FieldWrong(field, bad.facts["problem"]) from bad
    return terms


class FieldWrong(BadReward):
    """Terms that cannot be, beside the field of the form."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(FIELD_OF.get(field, field), problem)


def _initial(desk: Desk, reward: Reward) -> dict[str, Any]:
    """What stands in the fields of a reward that is there."""
    zone = shop.of(desk.session).timezone
    shown = {name: getattr(reward, name) for name in catalogue.NAMES if name not in ("name", "about")}
    shown |= {name: "" if value is None else value for name, value in shown.items()}
    for name in ("visible_from", "visible_until"):
        at = getattr(reward, name)
        shown[name] = f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" if at else ""
    segment = desk.session.get(Segment, reward.segment_id) if reward.segment_id else None
    return shown | {
        "picture": gallery.name_of(desk.session, reward.picture_id),
        "name_vi": reward.name.get("vi", ""),
        "name_en": reward.name.get("en", ""),
        "about_vi": reward.about.get("vi", ""),
        "percent": reward.value if reward.kind == Kind.PERCENT else "",
        "value": "" if reward.kind == Kind.PERCENT else _grouped(reward.value),
        "cost": _grouped(reward.cost),
        "budget": _grouped(reward.budget),
        "minimum_balance": reward.minimum_balance or "",
        "weekdays": [str(day) for day in reward.weekdays],
        "segment": segment.public_id if segment else "",
    }


def _grouped(amount: int | None) -> str:
    """`190.000`, as money is typed; nothing for none."""
    return f"{amount:,}".replace(",", ".") if amount else ""


def _page(desk: Desk, form: Form, reward: Reward | None) -> str:
    named = [(tier.code, tier.names.get(desk.locale) or tier.code) for tier in desk.programme.tiers]
    return desk.render(
        "rewards/edit.html",
        form=form,
        reward=reward,
        kinds=[(kind, words.in_(desk.locale)) for kind, words in reward_words.KINDS.items()],
        tiers=named,
        stores=[(store.code, store.name) for store in stores.list_all(desk.session)],
        segments=[(segment.public_id, segment.name) for segment in saved.list_newest(desk.session, limit=100)],
        weekdays=[(str(day), name) for day, name in enumerate(reward_words.weekdays(desk))],
    )
