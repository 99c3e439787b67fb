"""A poster for the counter: a QR code for each channel, in the size of a sheet or a table card."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import segno
from flask import Response, request, url_for

from loyalty.channels import doors
from loyalty.choices import chosen
from loyalty.console.channels import steps
from loyalty.console.desk import Desk
from loyalty.console.section import Answer, Section
from loyalty.errors import NotFound
from loyalty.staff import stores
from loyalty.staff.models import Store
from loyalty.staff.permissions import Right
from loyalty.words import Both

SIZES = ("a4", "a6")
section = Section("poster", Both("Mã QR", "QR poster"), icon="qrcode", order=74, right=Right.CAMPAIGN)


@dataclass(frozen=True, slots=True)
class Code:
    """One code: where it leads, and where its drawing lies."""

    kind: str
    name: str
    link: str
    picture: str


@section.get("/poster", right=Right.CAMPAIGN)
def index(desk: Desk) -> Answer:
    """The poster of one store, to be printed."""
    places = stores.list_all(desk.session)
    store = _chosen(desk, places)
    size = request.args.get("size", "")
    return desk.render(
        "poster/index.html",
        here=chosen.of(desk.session),
        stores=places,
        store=store,
        size=size if size in SIZES else SIZES[0],
        codes=[_code(desk, kind, store) for kind in steps.NAMES if _account(desk, kind, store)],
    )


@section.get("/poster/<kind>.svg", right=Right.CAMPAIGN)
def picture(desk: Desk, kind: str) -> Answer:
    """The drawing of one code, also to be put into a design of one's own."""
    store = _chosen(desk, stores.list_all(desk.session))
    if kind not in steps.NAMES or not _account(desk, kind, store):
        raise NotFound(kind)
    drawn = BytesIO()
    code = segno.make(_link(desk, kind, store), error="q", micro=False)
    code.save(drawn, kind="svg", border=2, dark="#1f2421", light="#fff", scale=8)
    name = f'inline; filename="{kind}.svg"'
    return Response(drawn.getvalue(), mimetype="image/svg+xml", headers={"Content-Disposition": name})


def _chosen(desk: Desk, places: Sequence[Store]) -> Store:
    """The store asked for, the first one the shop had unless it is there."""
    asked = request.args.get("store", "")
    return next((store for store in places if store.code == asked), None) or stores.default(desk.session)


def _code(desk: Desk, kind: str, store: Store) -> Code:
    drawn = url_for(".picture", kind=kind, store=store.code)
    return Code(kind, steps.NAMES[kind], _link(desk, kind, store), drawn)


def _account(desk: Desk, kind: str, store: Store) -> str:
    """The account chosen for this store."""
    return doors.account(desk.session, kind, getattr(desk.settings, steps.ACCOUNT[kind]), store.code)


def _link(desk: Desk, kind: str, store: Store) -> str:
    """Messenger's link tells which poster it was."""
    ref = "".join(char for char in store.code if char.isascii() and (char.isalnum() or char in "-_"))
    return doors.address(kind, _account(desk, kind, store), f"poster_{ref}")
