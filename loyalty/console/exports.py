"""Taking lists of customers out, and who took which."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from loyalty.console import authors
from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, Flag, Form, FormSchema, Text
from loyalty.console.proof import ask_again
from loyalty.console.section import Answer, Refusal, Section
from loyalty.db import Database
from loyalty.exchange import exports, lists
from loyalty.exchange.exports import Taker
from loyalty.exchange.models import ExportLog
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.staff import accounts, sessions
from loyalty.staff.models import Role
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 20
SEGMENTS = 100  # offered in the choice, the newest
EVERYBODY = "customers"

section = Section(
    "exports",
    Both("Xuất danh sách", "Take lists out"),
    icon="file-export",
    order=61,
    right=Right.EXPORT,
    nav=False,
    refusals={
        "reason_missing": Refusal(
            "Ghi lý do rõ hơn, ví dụ: gửi kế toán đối chiếu tháng 11",
            "Say why, for example: for the accountant, November",
            "reason",
        ),
        "nothing_to_export": Refusal("Danh sách này chưa có khách nào.", "Nobody is in this list.", "what"),
        "export_limit": Refusal(
            "Mỗi ngày bạn xuất nhiều nhất {limit} khách, hôm nay còn {left}. Danh sách này nhiều hơn: "
            "chọn một nhóm nhỏ hơn, hoặc đợi ngày mai.",
            "You take out at most {limit} customers a day, {left} are left today, and this list has more: choose a "
            "smaller segment, or wait for tomorrow.",
            "what",
        ),
        "segment_not_found": Refusal("Nhóm này không còn nữa.", "This segment is gone.", "what"),
        "segment_rules": Refusal(
            "Điều kiện của nhóm không còn dùng được. Sửa nhóm trước nhé.",
            "The rules of this segment no longer hold. Change them first.",
            "what",
        ),
    },
)
deeds = {"customers_exported": Both("xuất danh sách khách", "took out a list of customers")}


class Wanted(FormSchema):
    what = Text(required=True, longest=40)
    kind = Choice([*lists.TYPES], required=True)
    reason = Text(required=True, longest=exports.LONGEST_REASON)
    reveal = Flag()


@dataclass(frozen=True, slots=True)
class Listed:
    """One list that was taken out."""

    log: ExportLog
    who: str
    reason: str
    what: str


@section.get("/exports", right=Right.EXPORT)
def index(desk: Desk) -> Answer:
    """What can be taken out, and what was."""
    return _index_page(desk, desk.form(Wanted, what=desk.args.get("segment") or EVERYBODY, kind="xlsx"))


@section.post("/exports", right=Right.EXPORT)
def take(desk: Desk) -> Answer:
    """The list as a file; it is written down, with its reason, before anything leaves."""
    if asked := ask_again(desk, url_for(".index")):
        return asked
    form = desk.form(Wanted)
    by = _taker(desk, reveals=bool(form["reveal"]))
    if not form.carry_out(lambda given: _begin(desk, given["what"], given["reason"], by)):
        return _index_page(desk, form), 422
    log, choice = form.result
    desk.session.flush()
    kind = str(form["kind"])
    name = f"{desk.t('khach-hang', 'customers')}-{log.on:%Y%m%d}.{kind}"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = _stream(desk.database, lambda session: exports.rows(session, log, choice, by=by, locale=desk.locale), kind)
    return Response(body, 200, head, content_type=lists.TYPES[kind])


def _begin(desk: Desk, what: str, reason: str, by: Taker) -> tuple[ExportLog, exports.Choice]:
    choice = exports.everybody()
    if what != EVERYBODY:
        choice = exports.members(desk.session, saved.get_public(desk.session, what), now=desk.now)
    return exports.begin(desk.session, choice, reason, by=by, now=desk.now), choice


def _taker(desk: Desk, *, reveals: bool) -> Taker:
    name = accounts.name_of(desk.session, desk.member)
    return Taker(desk.author, Role(desk.member.role), name, reveals and desk.may(Right.REVEAL))


def _stream(
    database: Database, rows: Callable[[Session], Iterator[Sequence[lists.Value]]], kind: str
) -> Iterator[bytes]:
    """The file in pieces, from a look at the database of its own: begun after the export was committed."""
    with database.read_only() as session:
        if kind == "csv":
            yield from lists.write_csv(rows(session))
        else:
            yield from lists.pieces(lists.write_xlsx(rows(session), heads=2))


def _index_page(desk: Desk, form: Form) -> str:
    last = desk.args.get("after", "")
    before = int(last) if last.isascii() and last.isdigit() and len(last) < 18 else None
    found = exports.list_newest(desk.session, before=before, limit=PAGE + 1)
    role = desk.member.role
    return desk.render(
        "exports/index.html",
        form=form,
        options=[
            (EVERYBODY, desk.t("Tất cả khách hàng", "All customers")),
            *((segment.public_id, segment.name) for segment in saved.list_newest(desk.session, limit=SEGMENTS)),
        ],
        limit=exports.DAILY.get(Role(role), 0),
        left=exports.left_today(desk.session, desk.author, role, now=desk.now),
        is_fresh=desk.seat is not None and sessions.is_fresh(desk.seat.row, desk.now),
        listed=[_listed(desk, log) for log in found[:PAGE]],
        more=url_for(".index", after=found[PAGE - 1].id) if len(found) > PAGE else "",
    )


def _listed(desk: Desk, log: ExportLog) -> Listed:
    who = authors.name_of(desk.session, log.actor, desk.locale)
    return Listed(log, who, exports.reason_of(desk.session, log), _named(desk, log.what))


def _named(desk: Desk, what: str) -> str:
    """What was taken out, in words; a segment by its name, also one that was removed."""
    kind, _, public_id = what.partition(":")
    if kind != "segment":
        return desk.t("Tất cả khách hàng", "All customers")
    segment = desk.session.scalar(select(Segment).filter_by(public_id=public_id))
    return segment.name if segment is not None else desk.t("một nhóm đã xóa", "a segment that is gone")
