"""What is done with an import: uploaded, its columns said, confirmed, cancelled, undone."""

from collections.abc import Iterator

from flask import request, url_for
from werkzeug.datastructures import FileStorage

from loyalty.console.desk import Desk
from loyalty.console.imports.browsing import Saying, Upload, index_page, show_page
from loyalty.console.imports.here import section
from loyalty.console.section import Answer
from loyalty.customers.traits import fields
from loyalty.exchange import batches, own, receiving, sentences, sheets
from loyalty.exchange.batches import FileKnown
from loyalty.exchange.columns import ColumnsUnclear, Field
from loyalty.exchange.models import Kind, State
from loyalty.exchange.sheets import BadFile
from loyalty.staff.permissions import Right
from loyalty.words import Both

DOUBLED = Both(
    "Có hai cột cùng là {doubled}. Giữ một cột, cột kia chọn «Không nhập».",
    "Two columns are {doubled}. Keep one, and choose “leave out” for the other.",
)
MISSING = Both("Chưa có cột nào là {missing}. Chọn cột đó giúp nhé.", "No column is {missing} yet. Please choose it.")


@section.post("/imports", right=Right.IMPORT, writes=False)
def upload(desk: Desk) -> Answer:
    """Take a file in; it is checked in the background, and nothing is written before somebody confirms."""
    form = desk.form(Upload)
    given = form.read()
    if given is None:
        return index_page(desk, form), 422
    try:
        public_id = _receive(desk, given["file"], Kind(given["kind"]), given["create_missing"])
    except BadFile as bad:
        facts = {name: value for name, value in bad.facts.items() if name != "reason"}
        form.refuse("file", sentences.of_file(bad.reason, desk.locale, **facts))
        return index_page(desk, form), 422
    except FileKnown as known:
        text = desk.t("Tệp này đã có ở đây, không nhập lần nữa.", "This file is here already.")
        return desk.done(text, to=url_for(".show", public_id=known.facts["batch"]))
    return desk.go(url_for(".show", public_id=public_id))


@section.post("/imports/<public_id>/columns", right=Right.IMPORT)
def choose(desk: Desk, public_id: str) -> Answer:
    """Say which column is what, and have the rows checked."""
    batch = batches.hold(desk.session, public_id, State.COLUMNS)
    form = desk.form(Saying)
    given = form.read() or {}
    layout = receiving.layout_of(desk.session, batch)
    missing = bool(given.get("create_missing"))
    try:
        batches.choose_columns(desk.session, batch, _chosen(), layout.header, theirs=_own(), create_missing=missing)
    except ColumnsUnclear as unclear:
        form.refuse("", _sentence(desk, unclear))
        return show_page(desk, batch, form), 422
    return desk.go(url_for(".show", public_id=public_id))


@section.post("/imports/<public_id>/confirm", right=Right.IMPORT)
def confirm(desk: Desk, public_id: str) -> Answer:
    """Have it written, or written on."""
    batches.confirm(desk.session, public_id, author=desk.author, now=desk.now)
    text = desk.t("Đang ghi. Rời trang cũng không sao.", "Being written. You may leave the page.")
    return desk.done(text, to=url_for(".show", public_id=public_id))


@section.post("/imports/<public_id>/cancel", right=Right.IMPORT)
def cancel(desk: Desk, public_id: str) -> Answer:
    """Forget the file."""
    batches.cancel(desk.session, public_id, author=desk.author, now=desk.now)
    text = desk.t("Đã bỏ tệp; không có gì được ghi.", "The file is forgotten; nothing was written.")
    return desk.done(text, to=url_for(".index"))


@section.post("/imports/<public_id>/undo", right=Right.IMPORT)
def undo(desk: Desk, public_id: str) -> Answer:
    """Take it all back, as far as that goes."""
    batches.begin_undo(desk.session, public_id, author=desk.author, now=desk.now)
    text = desk.t("Đang hoàn tác. Rời trang cũng không sao.", "Being undone. You may leave the page.")
    return desk.done(text, to=url_for(".show", public_id=public_id))


def _receive(desk: Desk, file: FileStorage, kind: Kind, create_missing: bool) -> str:
    data = file.stream.read(sheets.MOST_BYTES + 1)
    title = (file.filename or "?").replace("\\", "/").rpartition("/")[2]
    return receiving.receive(
        desk.database,
        data,
        title,
        kind,
        author=desk.author,
        clock=lambda: desk.now,
        create_missing=create_missing,
    )


def _chosen() -> list[tuple[Field, int]]:
    """The selects of the page, `c0`, `c1` …: what each column was said to be."""
    return [(Field(value), index) for value, index in _said() if value in [*Field] and value != Field.OWN]


def _own() -> list[tuple[str, int]]:
    """The columns that were said to be of the shop's own fields."""
    return [(value.removeprefix(own.PREFIX), index) for value, index in _said() if value.startswith(own.PREFIX)]


def _said() -> Iterator[tuple[str, int]]:
    """What was said of each column, by its index."""
    for name, value in request.form.items():
        if name.startswith("c") and name[1:].isascii() and name[1:].isdigit():
            yield value, min(int(name[1:4]), 999)


def _sentence(desk: Desk, unclear: ColumnsUnclear) -> str:
    theirs = {f"{own.PREFIX}{each.key}": fields.name_in(each, desk.locale) for each in fields.list_all(desk.session)}
    known = {code: words.in_(desk.locale).lower() for code, words in sentences.FIELDS.items()} | theirs
    names = {name: ", ".join(known.get(code, code) for code in unclear.facts[name]) for name in ("missing", "doubled")}
    said = DOUBLED if names["doubled"] else MISSING
    return said.in_(desk.locale, **names)
