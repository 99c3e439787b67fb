"""What is done with a segment as a whole: copied, counted again, made what it was, removed, brought back."""

from flask import url_for

from loyalty.campaigns import usage
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer
from loyalty.console.segments.here import section
from loyalty.segments import saved
from loyalty.staff.permissions import Right


@section.post("/segments/<public_id>/duplicate", right=Right.SEGMENT)
def duplicate(desk: Desk, public_id: str) -> Answer:
    """The same rules under another name, to be changed."""
    first = saved.get_public(desk.session, public_id)
    name = desk.t(f"{first.name} (bản sao)", f"{first.name} (copy)")[:100]
    copy = saved.create(desk.session, name, first.rules, key=desk.key, now=desk.now)
    desk.note("segment_created", f"segment:{copy.public_id}", copied=public_id)
    text = desk.t("Đã chép. Đổi tên và điều kiện tùy ý.", "Copied. Change its name and rules as you like.")
    undo = Undo(url_for("console.segments.remove", public_id=copy.public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(text, to=url_for("console.segments.edit", public_id=copy.public_id), undo=undo)


@section.post("/segments/<public_id>/recount", right=Right.SEGMENT)
def recount(desk: Desk, public_id: str) -> Answer:
    """Count once more, and remember it."""
    segment = saved.get_public(desk.session, public_id)
    saved.recount(desk.session, segment, now=desk.now)
    if desk.is_partial:
        return desk.render("segments/_size.html", segment=segment)
    return desk.go(url_for("console.segments.index"))


@section.post("/segments/<public_id>/back/<edition>", right=Right.SEGMENT)
def change_back(desk: Desk, public_id: str, edition: str) -> Answer:
    """Make it what it was; that can be undone like any change."""
    segment = saved.get_public(desk.session, public_id)
    former = saved.change_back(desk.session, segment, edition, now=desk.now)
    to = url_for("console.segments.show", public_id=public_id)
    if former is None:
        return desk.done(desk.t("Nhóm đã như vậy rồi.", "It is so already."), to=to)
    desk.note("segment_changed", f"segment:{public_id}", size=segment.size)
    again = url_for("console.segments.change_back", public_id=public_id, edition=former.public_id)
    return desk.done(
        desk.t("Đã trở lại như trước.", "It is what it was before."),
        to=to,
        undo=Undo(again, desk.t("Hoàn tác", "Undo")),
    )


@section.post("/segments/<public_id>/remove", right=Right.SEGMENT)
def remove(desk: Desk, public_id: str) -> Answer:
    """Out of the list, unless a campaign still needs it."""
    segment = saved.get_public(desk.session, public_id)
    usage.remove_segment(desk.session, segment, now=desk.now)
    desk.note("segment_removed", f"segment:{public_id}")
    undo = Undo(url_for("console.segments.restore", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    text = desk.t(f"Đã xóa nhóm «{segment.name}».", f"Segment “{segment.name}” was removed.")
    return desk.done(text, to=url_for("console.segments.index"), undo=undo)


@section.post("/segments/<public_id>/restore", right=Right.SEGMENT)
def restore(desk: Desk, public_id: str) -> Answer:
    """Back into the list."""
    segment = saved.get_public(desk.session, public_id, removed=True)
    to = url_for("console.segments.show", public_id=public_id)
    if segment.removed_at is None:
        return desk.go(to)
    saved.bring_back(desk.session, segment)
    desk.note("segment_restored", f"segment:{public_id}")
    return desk.done(desk.t(f"Nhóm «{segment.name}» đã trở lại.", f"“{segment.name}” is back."), to=to)
