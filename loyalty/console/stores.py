"""The places one buys at."""

from flask import request, url_for

from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.section import Answer, Refusal, Section
from loyalty.staff import stores
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "stores",
    Both("Cửa hàng", "Stores"),
    icon="building-store",
    order=71,
    right=Right.STAFF,
    refusals={
        "store_code_taken": Refusal(
            "Mã «{taken}» đã có cửa hàng khác dùng.", "Another store has the code “{taken}”.", "code"
        ),
        "store_code_unclear": Refusal(
            "Mã gồm chữ không dấu, số và gạch nối, dài nhất {limit} ký tự, ví dụ: {example}",
            "A code has plain letters, digits and dashes, at most {limit}, for example: {example}",
            "code",
        ),
        "store_name_unclear": Refusal(
            "Tên phải có chữ và dài nhất {limit} ký tự, ví dụ: {example}",
            "A name has letters and at most {limit} characters, for example: {example}",
            "name",
        ),
    },
)


class NewStore(FormSchema):
    code = Text(required=True, longest=60)
    name = Text(required=True, longest=120)


class Naming(FormSchema):
    name = Text(required=True, longest=120)


@section.get("/stores", right=Right.STAFF)
def index(desk: Desk) -> Answer:
    """Every store, and a form for one more."""
    return _index_page(desk, desk.form(NewStore))


@section.post("/stores", right=Right.STAFF)
def add(desk: Desk) -> Answer:
    """One more store."""
    form = desk.form(NewStore)
    by, now = desk.author, desk.now
    if not form.carry_out(lambda given: stores.add(desk.session, given["code"], given["name"], by=by, now=now)):
        return _index_page(desk, form), 422
    text = desk.t("Đã thêm cửa hàng {name}.", "Store {name} is added.")
    return desk.done(text.format(name=form.result.name), to=url_for(".index"))


@section.get("/stores/<public_id>", right=Right.STAFF)
def show(desk: Desk, public_id: str) -> Answer:
    """One store, with its name to change."""
    return _show_page(desk, public_id, desk.form(Naming, name=stores.get_public(desk.session, public_id).name))


@section.post("/stores/<public_id>", right=Right.STAFF)
def rename(desk: Desk, public_id: str) -> Answer:
    """Another name."""
    store = stores.get_public(desk.session, public_id)
    before, form = store.name, desk.form(Naming)
    by, now = desk.author, desk.now
    if not form.carry_out(lambda given: stores.rename(desk.session, store.id, given["name"], by=by, now=now)):
        return _show_page(desk, public_id, form), 422
    text = desk.t("«{before}» giờ tên là «{after}».", "“{before}” is now called “{after}”.")
    undo = Undo(url_for(".name_back", public_id=public_id, name=before), desk.t("Hoàn tác", "Undo"))
    return desk.done(text.format(before=before, after=store.name), to=url_for(".index"), undo=undo)


@section.post("/stores/<public_id>/name-back", right=Right.STAFF)
def name_back(desk: Desk, public_id: str) -> Answer:
    """The name of before, which stands in the address."""
    store = stores.get_public(desk.session, public_id)
    stores.rename(desk.session, store.id, request.args.get("name", ""), by=desk.author, now=desk.now)
    return desk.done(desk.t("Đã trả lại tên cũ.", "The old name is back."), to=url_for(".index"))


def _index_page(desk: Desk, form: Form) -> str:
    return desk.render("stores/index.html", form=form, stores=stores.list_all(desk.session))


def _show_page(desk: Desk, public_id: str, form: Form) -> str:
    return desk.render("stores/show.html", form=form, store=stores.get_public(desk.session, public_id))
