"""Who brought whom: the list, what it cost, and taking back what was noted by mistake."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from loyalty.console import referral_words
from loyalty.console.desk import Desk
from loyalty.console.programme.here import section
from loyalty.console.referral_words import Shown
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.referrals import bringing
from loyalty.referrals.models import Referral, State
from loyalty.staff.permissions import Right

PAGE = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A referral with both its people. `may_withdraw`: nothing is paid for it yet."""

    referrer: Shown
    friend: Shown
    how: str
    may_withdraw: bool


@section.get("/programme/referrals", right=Right.PROGRAMME)
def referrals(desk: Desk) -> Answer:
    """Referrals, newest first, of one state (`state`) or one customer (`referrer`), from a row (`before`) on."""
    state = desk.args.get("state", "")
    state = state if state in list(State) else ""
    asked = _asked(desk, state)
    found = bringing.list_newest(desk.session, **asked, limit=PAGE + 1)
    more = _more(desk, state, found[PAGE - 1]) if len(found) > PAGE else ""
    return desk.render(
        "programme/referrals.html",
        rows=[_row(desk, each) for each in found[:PAGE]],
        counts=bringing.count(desk.session),
        points=bringing.points_paid(desk.session),
        states=[(code, name.in_(desk.locale)) for code, name in referral_words.NAMES.items()],
        state=state,
        is_on=bringing.is_on(desk.session, now=desk.now),
        more=more,
    )


@section.post("/programme/referrals/<public_id>/withdraw", right=Right.UNDO_ANY)
def withdraw_referral(desk: Desk, public_id: str) -> Answer:
    """What was noted by mistake counts no more; the same code may be noted again. Raises ReferralOver."""
    referral = bringing.get_public(desk.session, public_id)
    bringing.withdraw(desk.session, referral, now=desk.now)
    desk.note("referral_withdrawn", f"referral:{referral.public_id}")
    told = desk.t("Đã bỏ lần giới thiệu này.", "This referral counts no more.")
    return desk.done(told, to=url_for(".referrals"))


def _asked(desk: Desk, state: str) -> dict[str, Any]:
    asked: dict[str, Any] = {"state": state or None}
    if referrer := desk.args.get("referrer"):
        asked["referrer_id"] = profiles.get_public(desk.session, referrer).id
    if before := desk.args.get("before"):
        asked["before"] = bringing.get_public(desk.session, before).id
    return asked


def _more(desk: Desk, state: str, last: Referral) -> str:
    return url_for(".referrals", state=state or None, referrer=desk.args.get("referrer") or None, before=last.public_id)


def _row(desk: Desk, referral: Referral) -> Row:
    return Row(
        referral_words.shown(desk, referral, referral.referrer_id),
        referral_words.shown(desk, referral, referral.friend_id),
        referral_words.HOW[referral.how].in_(desk.locale),
        referral.state in (State.OPEN, State.WAITING),
    )
