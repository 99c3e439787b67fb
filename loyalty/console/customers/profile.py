"""The profile: who it is at a glance, and one timeline of everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from loyalty.channels import accounts
from loyalty.console import referral_words, reward_words
from loyalty.console.customers import friends, interests, own_fields, stories, tagging, tiering, words
from loyalty.console.customers.friends import Brought
from loyalty.console.customers.here import head_of, section, subject, whole_number
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form
from loyalty.console.journeys import browsing as journeys
from loyalty.console.periods import WEEKDAYS
from loyalty.console.section import Answer
from loyalty.console.segments import ready
from loyalty.customers import birthdays, history, identities, notes, profiles
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.purchases import habits, products
from loyalty.purchases.habits import Habits
from loyalty.referrals import bringing
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.models import Redemption
from loyalty.segments import lists, log
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 30
FRIENDS = 5
NOTES = 3
FAVOURITES = 5
MOVES = 6
GROUPS: Mapping[str, Both] = {
    "points": Both("Mua & điểm", "Bills & points"),
    "messages": Both("Tin nhắn", "Messages"),
    "consent": Both("Đồng ý", "Consents"),
    "care": Both("Ghi chú & góp ý", "Notes & cases"),
    "profile": Both("Hồ sơ", "Profile"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One chat of the customer, as the page tells of it."""

    kind: str
    proof: str
    first_seen_at: datetime
    last_interaction_at: datetime | None
    promotion: bool
    follows: bool
    unreachable_at: datetime | None


@section.get("/customers/<public_id>", right=Right.FIND)
def show(desk: Desk, public_id: str) -> Answer:
    """The timeline, of one kind (`kind`) or of everything, from a row (`before`) on. Raises CustomerNotFound."""
    return _page(desk, profiles.get_public(desk.session, public_id))


@section.post("/customers/<public_id>/reveal", right=Right.REVEAL)
def reveal(desk: Desk, public_id: str) -> Answer:
    """The whole phone, e-mail and, where they stand on the page, personal fields, in this answer only.

    What is shown is written down first. A part of a page has no own fields unless it says `own`.
    """
    customer = profiles.get_public(desk.session, public_id)
    shows_own = not desk.is_partial or "own" in desk.args
    shown = [name for name in ("phone", "email") if getattr(customer, name) is not None]
    shown += [f"custom.{key}" for key in own_fields.personal_keys(desk, customer)] if shows_own else []
    desk.note("reveal", subject(customer), fields=shown)
    if not desk.is_partial:
        return _page(desk, customer, is_revealed=True)
    own = _own(desk, customer, is_revealed=True) if shows_own else {}
    return desk.render("customers/_revealed.html", head=head_of(desk, customer, is_revealed=True), **own)


@section.post("/customers/<public_id>/referrer", right=Right.LINK)
def note_referrer(desk: Desk, public_id: str) -> Answer:
    """This customer was brought by whoever has the code they give; before their first bill."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(Brought)
    if not form.carry_out(lambda given: friends.bring(desk, customer, given["code"])):
        return _page(desk, customer, bringing_form=form), 422
    referral = form.result.public_id
    desk.note("referral_noted", f"referral:{referral}")
    undo = Undo(url_for("console.programme.withdraw_referral", public_id=referral), desk.t("Bỏ", "Undo"))
    told = desk.t("Đã ghi người giới thiệu.", "Noted who brought them.")
    back = undo if desk.may(Right.UNDO_ANY) else None
    return desk.done(told, to=url_for(".show", public_id=public_id), undo=back)


def _page(desk: Desk, customer: Customer, *, is_revealed: bool = False, bringing_form: Form | None = None) -> str:
    group = desk.args.get("kind", "")
    group = group if group in GROUPS else ""
    before = whole_number(desk.args.get("before", ""))
    page = history.list_group(desk.session, customer.id, group or None, before=before, limit=PAGE)
    more = url_for(".show", public_id=customer.public_id, kind=group or None, before=page.next) if page.next else ""
    return desk.render(
        "customers/show.html",
        head=head_of(desk, customer, is_revealed=is_revealed),
        stories=stories.tell_all(desk, page.rows),
        more=more,
        group=group,
        **_occasions(desk, customer, bringing_form),
        groups=[(code, name.in_(desk.locale)) for code, name in GROUPS.items()],
        **_beside(desk, customer),
        interests=interests.beside(desk, customer),
        **_own(desk, customer, is_revealed=is_revealed),
    )


def _own(desk: Desk, customer: Customer, *, is_revealed: bool) -> dict[str, Any]:
    return {
        "own": own_fields.beside(desk, customer, is_revealed=is_revealed),
        "may_change_own": own_fields.may_change(desk, customer),
    }


def _occasions(desk: Desk, customer: Customer, form: Form | None) -> Mapping[str, Any]:
    """The birthday, who brought them, whom they brought."""
    born = birthdays.text_of(desk.session, customer)
    brought = bringing.by_friend(desk.session, customer.id)
    theirs = bringing.list_newest(desk.session, referrer_id=customer.id, limit=FRIENDS)
    return {
        "birthday": words.birthday(born) if born else "",
        "brought": referral_words.shown(desk, brought, brought.referrer_id) if brought else None,
        "friends": [referral_words.shown(desk, each, each.friend_id) for each in theirs],
        "bringing_form": form or friends.form_of(desk, customer, brought),
    }


def _beside(desk: Desk, customer: Customer) -> dict[str, Any]:
    """What stands beside the timeline."""
    session = desk.session
    found = habits.of_customer(session, customer.id, now=desk.now)
    given = history.given_at(session, customer)
    newest = [] if customer.erased_at else notes.list_newest(session, customer.id, limit=NOTES)
    return {
        "held": _held(desk, customer),
        "why": tiering.beside(desk, customer),
        "tagged": tagging.beside(desk, customer),
        "journeys": journeys.of_customer(desk, customer),
        "notes": [notes.words_of(session, note) for note in newest],
        "accounts": [_account(desk, chat) for chat in identities.of_customer(session, customer.id)],
        "first_touch": words.FIRST_TOUCH.get(customer.source, Both(customer.source, customer.source)).in_(desk.locale),
        "phone_proof": words.PROOFS[customer.phone_proof].in_(desk.locale),
        "ages": [(words.FIELDS[field].in_(desk.locale), at) for field, at in given.items()],
        "favourites": products.list_favourites(session, customer.id, limit=FAVOURITES),
        "habits": found,
        "sold_at": _sold_at(desk, customer),
        **_groups(desk, customer),
        "hours": _hours(found),
        "weekday": WEEKDAYS[found.busiest_weekday].in_(desk.locale) if found.busiest_weekday is not None else "",
    }


def _sold_at(desk: Desk, customer: Customer) -> list[tuple[str, int, str, int]]:
    """Where they buy, how often, mostly when, and for how much; nothing where it is one place only."""
    found = habits.by_source(desk.session, customer.id, now=desk.now)
    return [
        (
            words.BOUGHT_AT.get(each.source, Both(each.source, each.source)).in_(desk.locale),
            each.habits.purchases,
            f"{WEEKDAYS[each.habits.busiest_weekday or 0].in_(desk.locale)}, {each.habits.busiest_hour}h",
            each.basket,
        )
        for each in found
        if len(found) > 1
    ]


def _groups(desk: Desk, customer: Customer) -> dict[str, Any]:
    """The segments they are in and since when, what they entered and left last, the lists one may put them on."""
    if not desk.may(Right.SEGMENT):
        return {"groups_of": (), "moves_of": (), "offered_lists": (), "on_lists": ()}
    session = desk.session
    return {
        "groups_of": log.of_customer(session, customer.id),
        "moves_of": [
            (change, segment, ready.cause(desk, change.cause))
            for change, segment in log.history_of(session, customer.id, limit=MOVES)
        ],
        "offered_lists": lists.list_all(session),
        "on_lists": lists.of_customer(session, customer.id),
    }


def _held(desk: Desk, customer: Customer) -> Sequence[tuple[Redemption, str]]:
    """The reward codes they can use today, each with what it is for."""
    found = redemptions.list_open(desk.session, customer.id, now=desk.now)
    return [(each, reward_words.name(desk, catalogue.get(desk.session, each.reward_id))) for each in found]


def _account(desk: Desk, chat: ChannelIdentity) -> Account:
    return Account(
        accounts.get(desk.session, chat.channel_account_id).kind,
        words.PROOFS.get(chat.proof, words.PROOFS["none"]).in_(desk.locale),
        chat.first_seen_at,
        chat.last_interaction_at,
        chat.promotion,
        chat.follows,
        chat.unreachable_at,
    )


def _hours(found: Habits) -> Sequence[tuple[str, int]]:
    """The hours between the first and the last one bought in, with how many bills each."""
    if not found.by_hour:
        return []
    return [(f"{hour}h", found.by_hour.get(hour, 0)) for hour in range(min(found.by_hour), max(found.by_hour) + 1)]
