"""Making and changing a segment: a form of rules that counts and shows people while it is being filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for

from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Flag, Form, FormSchema, Text
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.console.segments import stating, tree, vocabulary
from loyalty.console.segments.here import section
from loyalty.console.segments.stating import Reading
from loyalty.console.segments.tree import Branch
from loyalty.segments import fields, membership, rules, saved, sentence, starters
from loyalty.segments.fields.field import Field
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame
from loyalty.staff.permissions import Right

SAMPLE = 5


class SegmentForm(FormSchema):
    """`sure` is asked for only where the segment is everybody."""

    name = Text(required=True, longest=100)
    sure = Flag()


@dataclass(frozen=True, slots=True)
class Look:
    """Who the rules mean at this moment."""

    count: int
    sentence: str
    people: Sequence[Person]
    is_everybody: bool


@section.get("/segments/new", right=Right.SEGMENT)
def begin(desk: Desk) -> Answer:
    """An empty form, or one begun with a starter."""
    offered = starters.list_all(_frame(desk).programme)
    chosen = next((starter for starter in offered if starter.code == desk.args.get("starter")), None)
    form = desk.form(SegmentForm, name=chosen.name.in_(desk.locale) if chosen else "")
    begun = tree.of_rules(chosen.rules, desk.locale, _known(desk)) if chosen else Branch("all", (tree.NEW_ROW,))
    return _page(desk, form, begun, None, starters=offered)


@section.post("/segments/look", right=Right.SEGMENT, writes=False)
def look(desk: Desk) -> Answer:
    """The form once more, after one of its buttons, with who it means now; nothing is kept."""
    named = request.form.get("segment", "")
    segment = saved.get_public(desk.session, named) if named else None
    changed = tree.act(tree.read_form(request.form, _known(desk)), request.form.get("do", ""))
    return _page(desk, desk.form(SegmentForm), changed, segment)


@section.post("/segments/new", right=Right.SEGMENT)
def create(desk: Desk) -> Answer:
    """Keep a new one."""
    form, wanted = desk.form(SegmentForm), tree.read_form(request.form, _known(desk))
    reading = _judge(desk, form, wanted)
    if form.errors or not reading.is_sound:
        return _page(desk, form, wanted, None, told=True), 422
    if not form.carry_out(
        lambda given: saved.create(desk.session, given["name"], reading.rules, key=desk.key, now=desk.now)
    ):
        return _page(desk, form, wanted, None, told=True), 422
    segment: Segment = form.result
    desk.note("segment_created", f"segment:{segment.public_id}", size=segment.size)
    text = desk.t(f"Đã lưu nhóm «{segment.name}».", f"Segment “{segment.name}” is kept.")
    return desk.done(text, to=url_for("console.segments.show", public_id=segment.public_id))


@section.get("/segments/<public_id>/edit", right=Right.SEGMENT)
def edit(desk: Desk, public_id: str) -> Answer:
    """The form of one that is kept."""
    segment = saved.get_public(desk.session, public_id)
    kept = tree.of_rules(segment.rules, desk.locale, _known(desk))
    return _page(desk, desk.form(SegmentForm, name=segment.name), kept, segment)


@section.post("/segments/<public_id>/edit", right=Right.SEGMENT)
def change(desk: Desk, public_id: str) -> Answer:
    """Keep what was changed; the way back is offered."""
    segment = saved.get_public(desk.session, public_id)
    form, wanted = desk.form(SegmentForm), tree.read_form(request.form, _known(desk))
    reading = _judge(desk, form, wanted)
    if form.errors or not reading.is_sound:
        return _page(desk, form, wanted, segment, told=True), 422
    before, to = segment.size, url_for("console.segments.show", public_id=public_id)
    if not form.carry_out(
        lambda given: saved.change(desk.session, segment, name=given["name"], wanted=reading.rules, now=desk.now)
    ):
        return _page(desk, form, wanted, segment, told=True), 422
    if form.result is None:
        return desk.done(desk.t("Không có gì thay đổi.", "Nothing was different."), to=to)
    desk.note("segment_changed", f"segment:{public_id}", before=before, size=segment.size)
    back = url_for("console.segments.change_back", public_id=public_id, edition=form.result.public_id)
    return desk.done(_told(desk, before, segment.size), to=to, undo=Undo(back, desk.t("Hoàn tác", "Undo")))


def _told(desk: Desk, before: int | None, after: int | None) -> str:
    if before is None or after is None or before == after:
        return desk.t("Đã lưu thay đổi.", "Changes are kept.")
    return desk.t(f"Đã lưu. Nhóm từ {before} thành {after} người.", f"Kept. From {before} to {after} people.")


def _judge(desk: Desk, form: Form, wanted: Branch) -> Reading:
    """The rules as the form states them; everybody only if that is meant."""
    form.read()
    frame = _frame(desk)
    reading = stating.state(wanted, frame)
    if reading.is_sound and rules.is_everybody(rules.parse(reading.rules, frame)) and not form["sure"]:
        form.refuse("sure", desk.t("Đánh dấu vào đây nếu đúng là mọi khách hàng.", "Tick this if everybody is meant."))
    return reading


def _frame(desk: Desk) -> Frame:
    return Frame.at(desk.session, desk.now)


def _known(desk: Desk) -> Mapping[str, Field]:
    return fields.known(_frame(desk))


def _page(
    desk: Desk,
    form: Form,
    wanted: Branch,
    segment: Segment | None,
    *,
    told: bool = False,
    starters: Sequence[starters.Starter] = (),
) -> str:
    """The whole page, or the part of it that changes while one composes. `told`: what is wrong is said."""
    frame = _frame(desk)
    reading = stating.state(wanted, frame)
    return desk.render(
        "segments/_composer.html" if desk.is_partial else "segments/compose.html",
        form=form,
        tree=wanted,
        reading=reading,
        told=told,
        look=_look(desk, reading, frame),
        segment=segment,
        starters=starters,
        choices=lambda field: vocabulary.choices(field, frame, desk.locale),
        which=lambda field: vocabulary.which(field, frame),
        tags=frame.things.tags(),
        families=vocabulary.families(frame),
        vocabulary=vocabulary,
        deepest=tree.DEEPEST,
    )


def _look(desk: Desk, reading: Reading, frame: Frame) -> Look | None:
    if reading.rules is None:
        return None
    node = rules.parse(reading.rules, frame)
    return Look(
        membership.count(desk.session, node, frame),
        sentence.describe(node, frame, desk.locale),
        persons.show_all(desk.session, membership.list_members(desk.session, node, frame, limit=SAMPLE)),
        rules.is_everybody(node),
    )
