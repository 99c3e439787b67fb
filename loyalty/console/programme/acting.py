"""What the owner does with the rules: write them down, try them, put them in force, go back."""

from flask import url_for

from loyalty.console.desk import Desk, Undo
from loyalty.console.programme.browsing import Activating, Trying, Writing, draft_page, unsent
from loyalty.console.programme.here import section
from loyalty.console.section import Answer
from loyalty.points import trial
from loyalty.programme import activation, drafts
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases.months import add_months
from loyalty.staff.permissions import Right

BACK_MONTHS = 3  # a simulation looks back so far


@section.post("/programme/draft", right=Right.SETTINGS)
def save(desk: Desk) -> Answer:
    """Keep the draft, whatever is wrong with it; its faults are shown beside its lines."""
    form = desk.form(Writing)
    given = form.read()
    if given is None:
        return draft_page(desk, drafts.find(desk.session), form, unsent(desk, Activating)), 422
    drafts.save(desk.session, given["document"] + "\n", by=desk.author, now=desk.now)
    return desk.done(desk.t("Đã lưu bản nháp.", "The draft is saved."), to=url_for(".draft"))


@section.post("/programme/draft/drop", right=Right.SETTINGS)
def drop(desk: Desk) -> Answer:
    """Begin again from the rules in force."""
    drafts.drop(desk.session)
    return desk.done(desk.t("Đã bỏ bản nháp.", "The draft is dropped."), to=url_for(".index"))


@section.post("/programme/draft/simulate", right=Right.SETTINGS)
def simulate(desk: Desk) -> Answer:
    """Have the last months' bills gone through by the draft, in the background."""
    given = desk.form(Trying).read()
    if (kept := drafts.find(desk.session)) is not None:
        today = desk.shop.day(desk.now)
        trial.begin(desk.session, kept, add_months(today, -BACK_MONTHS), today, now=desk.now)
    return desk.go(url_for(".form" if given and given["back"] else ".draft") + "#trial")


@section.post("/programme/activate", right=Right.SETTINGS)
def activate(desk: Desk) -> Answer:
    """Let the draft be the rules from a midnight to come."""
    kept, form = drafts.find(desk.session), desk.form(Activating)
    if kept is None:
        return desk.go(url_for(".draft"))
    by, now = desk.author, desk.now
    document = kept.document
    if not form.carry_out(
        lambda given: activation.activate(
            desk.session, document, given["day"], note=given["note"] or "", by=by, now=now
        )
    ):
        return draft_page(desk, kept, unsent(desk, Writing, document=document), form), 422
    drafts.drop(desk.session)
    text = desk.t("Bản {version} có hiệu lực từ 0 giờ ngày {day}.", "Version {version} holds from midnight of {day}.")
    made: ProgrammeVersion = form.result
    undo = Undo(url_for(".rollback"), desk.t("Hoàn tác", "Undo"))
    text = text.format(version=made.version, day=f"{made.effective_from:%d/%m/%Y}")
    return desk.done(text, to=url_for(".index"), undo=undo)


@section.post("/programme/rollback", right=Right.SETTINGS)
def rollback(desk: Desk) -> Answer:
    """Withdraw what has not begun; else the rules before, from the next midnight on."""
    row = activation.rollback(desk.session, by=desk.author, now=desk.now)
    if isinstance(row, ProgrammeVersion):
        text = desk.t(
            "Từ 0 giờ ngày {day} lại theo quy tắc trước (bản {version}).",
            "From midnight of {day} the rules before hold again (version {version}).",
        )
    else:
        text = desk.t(
            "Đã rút bản {version}; bản này chưa có hiệu lực.", "Version {version} is withdrawn; it never held."
        )
    return desk.done(text.format(version=row.version, day=f"{row.effective_from:%d/%m/%Y}"), to=url_for(".index"))
