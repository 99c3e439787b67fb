"""Help: the staff handbook, chapter by chapter, each with something to really do in the demo shop."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from flask import url_for

from loyalty import console
from loyalty.console.admission import admits
from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema, WholeNumber
from loyalty.console.help import handbook
from loyalty.console.help.handbook import Chapter, Exercise
from loyalty.console.section import EVERYONE, Answer, Refusal, Section
from loyalty.console.words import ROLES
from loyalty.customers import profiles
from loyalty.errors import NotFound
from loyalty.points import ledger
from loyalty.staff import accounts as staff
from loyalty.staff import training
from loyalty.staff.models import Role, StaffExercise
from loyalty.staff.permissions import Right
from loyalty.words import Both

SIMULATOR = "/simulator/"

section = Section(
    "help",
    Both("Hướng dẫn", "Help"),
    icon="help-circle",
    order=95,
    right=EVERYONE,
    refusals={
        "no_chapter": Refusal("Không có chương này.", "There is no such chapter."),
        "no_exercise": Refusal(
            "Bài tập chỉ làm ở cửa hàng mẫu, để không đụng tới khách thật.",
            "Exercises are for the demo shop, so that no real customer is touched.",
        ),
    },
)


class NoExercise(NotFound):
    """The chapter has none, or this is a real shop."""

    code = "no_exercise"


class Said(FormSchema):
    number = WholeNumber()


class Pupil(NamedTuple):
    """How far a member of staff is. `seconds` an award took them, None when they were never timed."""

    name: str
    role: Both
    done: int
    total: int
    seconds: int | None


@section.get("/help", right=EVERYONE)
def index(desk: Desk) -> Answer:
    """Every chapter, one's own first; the owner also sees how far everybody is."""
    mine = [chapter for chapter in handbook.chapters() if desk.member.role in chapter.roles]
    others = [chapter for chapter in handbook.chapters() if chapter not in mine]
    rows = training.of_member(desk.session, desk.member.id)
    pupils = _pupils(desk) if desk.may(Right.STAFF) and desk.shop.demo else []
    counts = _done(mine, rows), _exercises(mine)
    return desk.render("help/index.html", mine=mine, others=others, rows=rows, counts=counts, pupils=pupils)


@section.get("/help/<name>", right=EVERYONE)
def show(desk: Desk, name: str) -> Answer:
    """One chapter, and how far one is with its exercise."""
    return _show(desk, handbook.get(name), desk.form(Said))


@section.post("/help/<name>/begin", right=EVERYONE)
def begin(desk: Desk, name: str) -> Answer:
    """The exercise begins, and its clock with it."""
    chapter, _exercise = _practised(desk, name)
    training.begin(desk.session, desk.member.id, chapter.name, now=desk.now)
    return desk.go(url_for("console.help.show", name=name) + "#exercise")


@section.post("/help/<name>/check", right=EVERYONE)
def check(desk: Desk, name: str) -> Answer:
    """Look whether it was really done; an open page asks by itself."""
    chapter, exercise = _practised(desk, name)
    form = desk.form(Said)
    if exercise.question is not None:
        _mark(desk, chapter, exercise, form)
    else:
        actors = _actors(desk, exercise)
        training.look(desk.session, desk.member.id, chapter.name, actors=actors, deeds=exercise.deeds)
    if desk.is_partial:
        return desk.render("help/exercise.html", **_exercise_values(desk, chapter, form))
    if form.errors:
        return _show(desk, chapter, form), 422
    return desk.go(url_for("console.help.show", name=name) + "#exercise")


def _practised(desk: Desk, name: str) -> tuple[Chapter, Exercise]:
    chapter = handbook.get(name)
    if chapter.exercise is None or not desk.shop.demo:
        raise NoExercise
    return chapter, chapter.exercise


def _show(desk: Desk, chapter: Chapter, form: Form) -> str:
    everything = handbook.chapters()
    place = everything.index(chapter)
    following = everything[place + 1] if place + 1 < len(everything) else None
    values = _exercise_values(desk, chapter, form)
    return desk.render("help/show.html", page=_page(desk, chapter), following=following, roles=ROLES, **values)


def _exercise_values(desk: Desk, chapter: Chapter, form: Form) -> dict[str, object]:
    row = training.under_way(desk.session, desk.member.id, chapter.name)
    return {"chapter": chapter, "row": row, "form": form, "simulator": SIMULATOR}


def _mark(desk: Desk, chapter: Chapter, exercise: Exercise, form: Form) -> None:
    """Compare what was read on a page with the ledger."""
    given = (form.read() or {}).get("number")
    if form.errors:
        return
    if given is None or given != _points(desk, exercise):
        form.refuse(
            "number", desk.t("Chưa đúng. Xem lại số điểm ở đầu hồ sơ.", "Not quite. Look again at the profile.")
        )
    else:
        training.finish(desk.session, desk.member.id, chapter.name, now=desk.now)


def _points(desk: Desk, exercise: Exercise) -> int | None:
    assert exercise.question is not None
    customer = profiles.find_by_phone(desk.session, exercise.question.points_of)
    return None if customer is None else ledger.balance(desk.session, customer.id)


def _actors(desk: Desk, exercise: Exercise) -> Collection[str]:
    """Whose deeds count: one's own, and those of whom one plays in the simulator."""
    played = () if exercise.done_as is None else training.demo_actors(desk.session, exercise.done_as)
    return {desk.author.actor, *played}


def _page(desk: Desk, chapter: Chapter) -> Section | None:
    """The part of the console a chapter is about, for whoever may go there."""
    found = next((place for place in console.sections() if place.name == chapter.page), None)
    return found if found is not None and admits(found.right, desk) else None


def _pupils(desk: Desk) -> list[Pupil]:
    people = staff.list_all(desk.session)
    rows = training.of_members(desk.session, [member.id for member in people])
    found = []
    for member in people:
        own = [chapter for chapter in handbook.chapters() if member.role in chapter.roles]
        theirs = rows.get(member.id, {})
        seconds = [theirs[each.name].seconds for each in own if _is_timed(each) and each.name in theirs]
        name, role = staff.name_of(desk.session, member), ROLES[Role(member.role)]
        found.append(Pupil(name, role, _done(own, theirs), _exercises(own), next(iter(seconds), None)))
    return found


def _is_timed(chapter: Chapter) -> bool:
    return chapter.exercise is not None and chapter.exercise.is_timed


def _done(chapters: Sequence[Chapter], rows: Mapping[str, StaffExercise]) -> int:
    return sum(chapter.name in rows and rows[chapter.name].done_at is not None for chapter in chapters)


def _exercises(chapters: Sequence[Chapter]) -> int:
    return sum(chapter.exercise is not None for chapter in chapters)
