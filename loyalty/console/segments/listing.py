"""Lists of people: made, filled from what is typed or a file, looked at before anybody is moved, and undone."""

import re

from flask import url_for
from werkzeug.datastructures import FileStorage

from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, File, Flag, Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.console.segments.here import section
from loyalty.customers import profiles
from loyalty.exchange import packing, sentences, sheets
from loyalty.exchange.sheets import BadFile
from loyalty.segments import lists, saved
from loyalty.segments.models import ListChange, Segment
from loyalty.staff.permissions import Right
from loyalty.words import Both

LONGEST = 400_000  # characters that may be pasted
WHY = {
    "nobody": Both("chưa có khách nào như vậy", "no customer like that"),
    "unclear": Both("không có số điện thoại hay mã khách", "no phone and no customer's id"),
}
CUT = re.compile(r"[\n;]")


class NewList(FormSchema):
    name = Text(required=True, longest=100)


class Filling(FormSchema):
    """People typed or pasted, a line each, or a file."""

    people = Text(longest=LONGEST, lines=True)
    file = File()
    off = Flag()


class Placing(FormSchema):
    """One person and a list, from the profile."""

    customer = Text(required=True, longest=64)
    adds = Choice(("yes", "no"), required=True)


@section.get("/segments/lists/new", right=Right.SEGMENT)
def begin_list(desk: Desk) -> Answer:
    return desk.render("segments/new_list.html", form=desk.form(NewList))


@section.post("/segments/lists/new", right=Right.SEGMENT)
def create_list(desk: Desk) -> Answer:
    """An empty one; its people come next."""
    form = desk.form(NewList)
    if not form.carry_out(lambda given: lists.create(desk.session, given["name"], key=desk.key, now=desk.now)):
        return desk.render("segments/new_list.html", form=form), 422
    segment: Segment = form.result
    desk.note("segment_created", f"segment:{segment.public_id}", size=0)
    return desk.go(url_for(".fill", public_id=segment.public_id))


@section.get("/segments/<public_id>/people", right=Right.SEGMENT)
def fill(desk: Desk, public_id: str) -> Answer:
    """Where people are typed, or a file is given."""
    return _filling(desk, saved.get_public(desk.session, public_id), desk.form(Filling))


@section.post("/segments/<public_id>/people", right=Right.SEGMENT)
def propose(desk: Desk, public_id: str) -> Answer:
    """Match what was given; nobody is moved before it was looked at."""
    segment, form = saved.get_public(desk.session, public_id), desk.form(Filling)
    given = form.read()
    if given is None:
        return _filling(desk, segment, form), 422
    try:
        rows = _rows(given)
    except BadFile as bad:
        facts = {name: value for name, value in bad.facts.items() if name != "reason"}
        form.refuse("file", sentences.of_file(bad.reason, desk.locale, **facts))
        return _filling(desk, segment, form), 422
    if not rows:
        form.refuse("people", desk.t("Dán số điện thoại, mỗi dòng một số.", "Paste phones, one a line: 0912 345 678"))
        return _filling(desk, segment, form), 422
    if not form.carry_out(lambda asked: _propose(desk, segment, rows, adds=not asked["off"])):
        return _filling(desk, segment, form), 422
    return desk.go(url_for(".proposed", public_id=public_id, change=form.result.public_id))


@section.get("/segments/<public_id>/people/<change>", right=Right.SEGMENT)
def proposed(desk: Desk, public_id: str, change: str) -> Answer:
    """Who would be moved, and which rows named nobody."""
    segment = saved.get_public(desk.session, public_id)
    found = lists.get_change(desk.session, segment, change)
    return desk.render(
        "segments/proposed.html",
        segment=segment,
        change=found,
        count=lists.count_people(desk.session, found),
        people=persons.show_all(desk.session, lists.people_of(desk.session, found)),
        missed=[(row, WHY[why].in_(desk.locale)) for row, why in found.missed],
    )


@section.post("/segments/<public_id>/people/<change>/apply", right=Right.SEGMENT)
def apply_change(desk: Desk, public_id: str, change: str) -> Answer:
    """Move them."""
    segment = saved.get_public(desk.session, public_id)
    found = lists.get_change(desk.session, segment, change)
    moved = lists.apply(desk.session, segment, found, now=desk.now)
    return _moved(desk, segment, found, moved)


@section.post("/segments/<public_id>/people/<change>/undo", right=Right.SEGMENT)
def undo_change(desk: Desk, public_id: str, change: str) -> Answer:
    """Move back whom it moved."""
    segment = saved.get_public(desk.session, public_id)
    found = lists.get_change(desk.session, segment, change)
    back = lists.undo(desk.session, segment, found, now=desk.now)
    desk.note("segment_list_undone", f"segment:{public_id}", people=back)
    text = desk.t(f"Đã hoàn tác: {back} người trở lại như trước.", f"Undone: {back} people are where they were.")
    return desk.done(text, to=url_for(".show", public_id=public_id))


@section.post("/segments/<public_id>/people/one", right=Right.SEGMENT)
def place_one(desk: Desk, public_id: str) -> Answer:
    """Put one person on a list, or take them off, from their profile."""
    segment, form = saved.get_public(desk.session, public_id), desk.form(Placing)
    given = form.read()
    if given is None:
        return desk.done(desk.t("Chưa rõ khách nào.", "Whom is not clear."), to=url_for(".show", public_id=public_id))
    customer = profiles.get_public(desk.session, given["customer"])
    adds = given["adds"] == "yes"
    done = lists.put(desk.session, segment, [customer.id], adds=adds, by=desk.author.actor, now=desk.now)
    desk.note("segment_list_changed", f"segment:{public_id}", adds=adds, people=1)
    text = (
        desk.t(f"Đã thêm vào danh sách «{segment.name}».", f"Added to “{segment.name}”.")
        if adds
        else desk.t(f"Đã bỏ khỏi danh sách «{segment.name}».", f"Taken off “{segment.name}”.")
    )
    undo = Undo(url_for(".undo_change", public_id=public_id, change=done.public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(text, to=url_for("console.customers.show", public_id=customer.public_id), undo=undo)


def _filling(desk: Desk, segment: Segment, form: Form) -> str:
    return desk.render("segments/fill.html", segment=segment, form=form)


def _rows(given: dict[str, object]) -> list[list[str]]:
    """Rows of cells: of the file where there is one, else the lines typed. Raises BadFile."""
    file = given.get("file")
    if isinstance(file, FileStorage) and file.filename:
        sheet = sheets.read(file.stream.read(sheets.MOST_BYTES + 1))
        lines = {line.number: line for chunk in sheet.chunks for line in packing.unpack(chunk)}
        return [_texts(lines[number].cells) if number in lines else [] for number in range(1, max(lines) + 1)]
    typed = str(given.get("people") or "")
    return [line.split("\t") for line in CUT.split(typed)] if typed else []


def _texts(cells: object) -> list[str]:
    """Cells as text; a number of a spreadsheet without its point."""
    return [f"{cell:.0f}" if isinstance(cell, float) else str(cell) for cell in cells]  # type: ignore[attr-defined]


def _propose(desk: Desk, segment: Segment, rows: list[list[str]], *, adds: bool) -> ListChange:
    matched = lists.match(desk.session, rows)
    return lists.propose(desk.session, segment, matched, adds=adds, by=desk.author.actor, now=desk.now)


def _moved(desk: Desk, segment: Segment, change: ListChange, moved: int) -> Answer:
    desk.note("segment_list_changed", f"segment:{segment.public_id}", adds=change.adds, people=moved)
    text = (
        desk.t(f"Đã thêm {moved} người vào danh sách.", f"{moved} people were added.")
        if change.adds
        else desk.t(f"Đã bỏ {moved} người khỏi danh sách.", f"{moved} people were taken off.")
    )
    undo = Undo(
        url_for(".undo_change", public_id=segment.public_id, change=change.public_id), desk.t("Hoàn tác", "Undo")
    )
    return desk.done(text, to=url_for(".show", public_id=segment.public_id), undo=undo)
