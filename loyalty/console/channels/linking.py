"""Several accounts of one platform: which one the shop's links open, and whose tags follow ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy import select

from loyalty.channels import doors
from loyalty.channels.models import ChannelAccount
from loyalty.console.channels import steps
from loyalty.console.channels.here import section
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer
from loyalty.customers import mirroring
from loyalty.errors import NotFound
from loyalty.staff import stores
from loyalty.staff.permissions import Right
from loyalty.words import Both

TAGGED = ("zalo",)  # platforms that let a shop tag people
SWITCHES: Mapping[str, tuple[str, Both]] = {
    "out": ("mirrors_tags", Both("gắn thẻ của khách lên OA", "putting customers' tags on the OA")),
    "in": ("takes_tags", Both("nhận thẻ gắn trên OA", "taking the tags given at the OA")),
}


@dataclass(frozen=True, slots=True)
class Door:
    """A place whose links open an account: `chosen` is its own, "" where it follows the shop."""

    place: str
    name: str
    chosen: str
    opens: str


@dataclass(frozen=True, slots=True)
class Tagging:
    """How an account's tags go together with ours."""

    account: ChannelAccount
    is_out: bool
    is_in: bool
    there: int
    refused: int


@section.post("/channels/of/<kind>/door", right=Right.SETTINGS)
def choose_door(desk: Desk, kind: str) -> Answer:
    """Links of one place open another account from now on."""
    if kind not in steps.NAMES:
        raise NotFound(kind)
    place, wanted = desk.args.get("place", ""), request.form.get("account", desk.args.get("account", ""))
    if place and all(store.code != place for store in stores.list_all(desk.session)):
        raise NotFound(place)
    before = doors.choose(desk.session, kind, place, wanted, own=_own(desk, kind))
    desk.note("door_chosen", f"channel:{kind}", place=place, account=wanted)
    opens = doors.account(desk.session, kind, _own(desk, kind), place)
    undo = Undo(url_for(".choose_door", kind=kind, place=place, account=before), desk.t("Hoàn tác", "Undo"))
    text = desk.t("Liên kết nay mở {account}.", "The link opens {account} now.").format(account=opens)
    return desk.done(text, to=url_for(".show", kind=kind), undo=undo)


@section.post("/channels/tags/<int:account_id>/<way>/<state>", right=Right.SETTINGS)
def switch_tags(desk: Desk, account_id: int, way: str, state: str) -> Answer:
    """Let an account's tags follow ours, or ours follow them, or no longer."""
    account = desk.session.get(ChannelAccount, account_id)
    if account is None or account.kind not in TAGGED or way not in SWITCHES or state not in ("on", "off"):
        raise NotFound(way)
    field, words = SWITCHES[way]
    setattr(account, field, state == "on")
    desk.session.flush()
    desk.note("tags_switched", f"channel:{account.kind}", account=account.external_id, way=way, state=state)
    told = desk.t("Đã bật: {way}.", "On: {way}.") if state == "on" else desk.t("Đã tắt: {way}.", "Off: {way}.")
    back = url_for(".switch_tags", account_id=account_id, way=way, state="off" if state == "on" else "on")
    text = told.format(way=words.in_(desk.locale))
    return desk.done(text, to=url_for(".show", kind=account.kind), undo=Undo(back, desk.t("Hoàn tác", "Undo")))


def doors_of(desk: Desk, kind: str) -> tuple[Sequence[str], Sequence[Door]]:
    """The accounts to choose from, and every place; nothing where there is nothing to choose."""
    own = _own(desk, kind)
    usable, chosen = doors.open_to(desk.session, kind, own), doors.choices(desk.session, kind)
    if len(usable) < 2:
        return (), ()
    places = [(doors.SHOP, desk.t("Cả cửa hàng", "The whole shop"))]
    places += [(store.code, store.name) for store in stores.list_all(desk.session)]
    found = [
        Door(place, name, chosen.get(place, ""), doors.account(desk.session, kind, own, place))
        for place, name in places
    ]
    return usable, found


def tagging_of(desk: Desk, kind: str) -> Sequence[Tagging]:
    """One row for each account of a platform that has tags, once there is one."""
    if kind not in TAGGED:
        return ()
    found = desk.session.scalars(select(ChannelAccount).filter_by(kind=kind).order_by(ChannelAccount.id))
    return [
        Tagging(each, each.mirrors_tags, each.takes_tags, *mirroring.standing(desk.session, each.id)) for each in found
    ]


def _own(desk: Desk, kind: str) -> str:
    return str(getattr(desk.settings, steps.ACCOUNT[kind]))
