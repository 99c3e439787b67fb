"""Rewards at the counter: a code is looked at, handed over, taken back; somebody without a chat gets one at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.console import hands, persons, reward_words
from loyalty.console.counter import words
from loyalty.console.counter.here import section
from loyalty.console.counter.slips import Amount
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.errors import LoyaltyError
from loyalty.points import ledger
from loyalty.rewards import catalogue, codes, counter, redemptions, visibility, vouchers
from loyalty.rewards.bills import BillNeeded, BillTooSmall
from loyalty.rewards.misses import WrongRewardCode
from loyalty.rewards.models import Redemption, Reward, State
from loyalty.rewards.visibility import Choice
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_money, format_points


class CodeForm(FormSchema):
    code = Text(required=True, longest=200)


class BillForm(FormSchema):
    bill = Amount()


@dataclass(frozen=True, slots=True)
class Offered:
    """A reward for the customer at the counter; `why_not` says what is in the way."""

    reward: Reward
    name: str
    why_not: str


@section.get("/counter/reward", right=Right.REDEEM)
def reward(desk: Desk) -> Answer:
    """A field for a code."""
    return desk.render("counter/reward.html", form=desk.form(CodeForm), found=None)


@section.post("/counter/reward", right=Right.REDEEM)
def look_up(desk: Desk) -> Answer:
    """What a code is worth. One nobody has is counted, so the page is an answer and no refusal."""
    form = desk.form(CodeForm)
    if (given := form.read()) is None:
        return desk.render("counter/reward.html", form=form, found=None), 422
    try:
        found = counter.look(desk.session, given["code"], hands.hand(desk))
    except LoyaltyError as refused:
        form.refuse_with(refused)
        return desk.render("counter/reward.html", form=form, found=None), 422
    if isinstance(found, WrongRewardCode):
        form.refuse_with(found)
        return desk.render("counter/reward.html", form=form, found=None), 404
    return desk.go(url_for(".redemption", public_id=found.public_id))


@section.get("/counter/reward/<public_id>", right=Right.REDEEM)
def redemption(desk: Desk, public_id: str) -> Answer:
    """One redemption: what it is, whose, until when, and what can be done with it. Raises RedemptionNotFound."""
    return _page(desk, redemptions.get_public(desk.session, public_id), desk.form(BillForm))


def _page(desk: Desk, found: Redemption, form: Form) -> str:
    wanted = catalogue.get(desk.session, found.reward_id)
    customer = profiles.get(desk.session, found.customer_id)
    return desk.render(
        "counter/redemption.html",
        found=found,
        form=form,
        code=codes.write(redemptions.code_of(desk.session, found)),
        minimum=wanted.minimum_bill and format_money(wanted.minimum_bill, desk.locale),
        name=reward_words.name(desk, wanted),
        worth=reward_words.worth(desk, wanted),
        about=catalogue.about(wanted, desk.locale),
        person=persons.show_all(desk.session, [customer])[0],
        state=reward_words.STATES[found.state],
        is_usable=redemptions.is_usable(desk.session, found, now=desk.now),
        is_standing=found.state in (State.HELD, State.FULFILLED),
        by=desk.name_of(found.fulfilled_by) if found.fulfilled_by else "",
    )


@section.post("/counter/reward/<public_id>/fulfil", right=Right.REDEEM)
def fulfil(desk: Desk, public_id: str) -> Answer:
    """Hand it over; the same form sent twice does it once. A voucher may ask for the bill it is used with."""
    found = redemptions.get_public(desk.session, public_id)
    form = desk.form(BillForm)
    if (given := form.read()) is None:
        return _page(desk, found, form), 422
    try:
        counter.fulfil(desk.session, found, hands.hand(desk), given.get("bill"))
    except (BillNeeded, BillTooSmall) as refused:
        form.refuse_with(words.billed(desk, refused))
        return _page(desk, found, form), 422
    return desk.done(_given(desk, found), to=url_for(".reward"), undo=_undo(desk, found))


@section.post("/counter/reward/<public_id>/undo", right=Right.UNDO_OWN)
def take_back(desk: Desk, public_id: str) -> Answer:
    """Points and stock return; once more changes nothing."""
    found = redemptions.get_public(desk.session, public_id)
    done = counter.undo(desk.session, found, hands.hand(desk))
    return desk.done(_taken_back(desk, found, done.is_new), to=url_for(".redemption", public_id=public_id))


@section.get("/counter/rewards/<customer>", right=Right.REDEEM)
def choices(desk: Desk, customer: str) -> Answer:
    """What somebody at the counter can have, and what is missing for the rest. Raises CustomerNotFound."""
    found = profiles.get_public(desk.session, customer)
    stats = desk.session.get_one(CustomerStats, found.id)
    return desk.render(
        "counter/choices.html",
        person=persons.show_all(desk.session, [found])[0],
        customer=found,
        offered=[_offered(desk, each) for each in visibility.choices(desk.session, stats, now=desk.now)],
        held=_held(desk, redemptions.list_open(desk.session, found.id, now=desk.now)),
    )


@section.post("/counter/rewards/<customer>/<public_id>", right=Right.REDEEM)
def serve(desk: Desk, customer: str, public_id: str) -> Answer:
    """Redeem for them and hand it over at once."""
    found, wanted = profiles.get_public(desk.session, customer), catalogue.get_public(desk.session, public_id)
    done = counter.serve(desk.session, found, wanted, hands.hand(desk))
    said = _given(desk, done.redemption)
    if voucher := vouchers.of(desk.session, done.redemption):
        said += desk.t(f" Mã: {voucher}", f" The code: {voucher}")
    return desk.done(said, to=url_for(".choices", customer=customer), undo=_undo(desk, done.redemption))


def _offered(desk: Desk, choice: Choice) -> Offered:
    why_not = desk.sentence(choice.obstacle) if choice.obstacle is not None else ""
    return Offered(choice.reward, reward_words.name(desk, choice.reward), why_not)


def _held(desk: Desk, found: Sequence[Redemption]) -> list[tuple[Redemption, str]]:
    return [(each, reward_words.name(desk, catalogue.get(desk.session, each.reward_id))) for each in found]


def _undo(desk: Desk, found: Redemption) -> Undo:
    return Undo(url_for(".take_back", public_id=found.public_id), desk.t("Hoàn tác", "Undo"))


def _given(desk: Desk, found: Redemption) -> str:
    what, who, balance = _told(desk, found)
    if found.price == 0:
        return desk.t(f"Đã nhận ưu đãi {what} của {who}.", f"{who} used {what}.")
    return desk.t(
        f"Đã giao {what} cho {who}. Khách còn {balance} điểm.", f"{what} for {who}. They have {balance} points left."
    )


def _taken_back(desk: Desk, found: Redemption, is_new: bool) -> str:
    what, who, balance = _told(desk, found)
    if found.price == 0:
        if not is_new:
            return desk.t(f"Ưu đãi {what} chưa được dùng.", f"{what} was not used.")
        return desk.t(f"Mã của {who} ({what}) dùng lại được.", f"The code of {who} ({what}) holds again.")
    if not is_new:
        return desk.t(f"Lần đổi {what} đã được hủy trước đó.", f"{what} was taken back before.")
    return desk.t(
        f"Đã hủy lần đổi {what}, trả điểm lại cho {who}. Khách có {balance} điểm.",
        f"{what} was taken back, {who} has the points again: {balance}.",
    )


def _told(desk: Desk, found: Redemption) -> tuple[str, str, str]:
    what = reward_words.name(desk, catalogue.get(desk.session, found.reward_id))
    who = words.name(desk, profiles.get(desk.session, found.customer_id))
    return what, who, format_points(ledger.balance(desk.session, found.customer_id), desk.locale)
