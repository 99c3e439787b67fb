"""Leads somebody of the shop through their exercises, one line at a time."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from bots.commands import Chat, Reply, refusals
from bots.commands.taken import Understood
from bots.commands.understanding import understand
from bots.practice import exercises, sandbox
from bots.practice.exercises import EXERCISES
from bots.texts import text
from loyalty.errors import LoyaltyError
from loyalty.staff import audit, lessons, permissions, practice
from loyalty.typed import fold

SKIP = ("bo qua", "skip")  # as folded: said without a slash


def start(session: Session, chat: Chat, number: int | None) -> Reply:
    """Go on with what is under way, else with the first that is not done; with a `number`, with that one."""
    names, done = _names(chat), _done(session, chat)
    if sandbox.phone(session) is None:
        return Reply(_say(chat, "busy"))
    name = names[number - 1] if number is not None else practice.under_way(session, chat.member.id)
    name = name if name in names else next((each for each in names if each not in done), None)
    if name is None:
        return Reply(_say(chat, "finished", total=len(names)))
    practice.begin(session, chat.member.id, name, now=chat.now)
    lead = _say(chat, "start", done=len(done), total=len(names))
    return Reply(f"{lead}\n{_task(session, chat, name)}")


def skip(session: Session, chat: Chat) -> Reply:
    """The next one; what is skipped comes again when practice is begun anew."""
    name = practice.under_way(session, chat.member.id)
    if name is None:
        return Reply(_say(chat, "none"))
    return Reply(_go_on(session, chat, name))


def leave(session: Session, chat: Chat) -> Reply:
    """No exercise is under way any more; what was done stays done."""
    practice.leave(session, chat.member.id)
    return Reply(_say(chat, "left", done=len(_done(session, chat)), total=len(_names(chat))))


def hear(session: Session, chat: Chat, understood: Understood) -> Reply | None:
    """The answer to what belongs to practice; None for everything else, which is meant for the shop."""
    name = practice.under_way(session, chat.member.id)
    if name is None or name not in _names(chat):
        return None
    if understood.is_marked:
        return _attempt(session, chat, name) if sandbox.is_meant(session, chat.text) else None
    if understood.command is not None:
        return None
    if fold.fold(chat.text) in SKIP:
        return skip(session, chat)
    return _judge(session, chat, name) if EXERCISES[name].ask is not None else None


def watch(session: Session, chat: Chat, understood: Understood, reply: Reply) -> Reply:
    """The answer to a command of the shop; where it was the exercise, because it only reads, with what comes next."""
    name = practice.under_way(session, chat.member.id) if chat.staff is not None else None
    exercise = EXERCISES.get(name or "")
    if name is None or exercise is None or not exercise.real or understood.command is None:
        return reply
    if understood.refusal is not None or (understood.command.key, understood.value) != (
        exercise.command,
        exercise.value,
    ):
        return reply
    return replace(reply, text=f"{reply.text}\n\n{_finish(session, chat, name)}")


def _attempt(session: Session, chat: Chat, name: str) -> Reply:
    """A line about the sandbox, really done there and taken back."""
    exercise = EXERCISES[name]
    with sandbox.opened(session, chat) as world:
        typed = world.read(chat.text)
        understood = understand(typed, staff=True)
        reply, is_done = _run(session, replace(chat, text=typed), understood)
        is_asked = understood.command is not None and understood.command.key == exercise.command
        is_right = is_done and is_asked and (exercise.check is None or exercise.check(session, world, chat.now))
        answer = world.write(reply.text)
    if is_right and exercise.ask is None:
        return Reply(f"{answer}\n{_say(chat, 'sandbox')}\n\n{_finish(session, chat, name)}")
    if is_asked and exercise.ask is None:
        return Reply(f"{answer}\n{_say(chat, 'sandbox')}\n\n{_mistake(session, chat, name)}")
    return Reply(f"{answer}\n{_say(chat, 'sandbox')}\n\n{_task(session, chat, name)}")


def _run(session: Session, chat: Chat, understood: Understood) -> tuple[Reply, bool]:
    """What the bot would say, and whether it was done."""
    command = understood.command
    if command is None:
        return Reply(text("staff.unknown", chat.locale, typed=fold.quote(chat.text.split(maxsplit=1)[0], 20))), False
    try:
        if command.right is not None:
            permissions.require(chat.member, command.right)
        if understood.refusal is not None:
            raise understood.refusal
        with session.begin_nested():
            return command.run(session, chat, understood.value), True
    except LoyaltyError as refusal:
        return refusals.explain(session, chat, refusal, command, understood.value), False


def _judge(session: Session, chat: Chat, name: str) -> Reply:
    """The answer to a question about the customer of the sandbox."""
    asked = EXERCISES[name].ask
    assert asked is not None
    with sandbox.opened(session, chat) as world:
        is_right = exercises.is_right(asked(session, world, chat.now), chat.text)
    return Reply(_finish(session, chat, name) if is_right else _mistake(session, chat, name))


def _finish(session: Session, chat: Chat, name: str) -> str:
    practice.finish(session, chat.member.id, name, now=chat.now)
    subject = f"staff:{chat.member.public_id}"
    audit.record_by(session, chat.author, "practised", subject, detail={"exercise": name}, now=chat.now)
    lead = _say(chat, "right", done=len(_done(session, chat)), total=len(_names(chat)))
    return f"{lead}\n{_go_on(session, chat, name)}"


def _go_on(session: Session, chat: Chat, name: str) -> str:
    """The task after this one that is not done; none: how many are left."""
    names, done = _names(chat), _done(session, chat)
    following = next((each for each in names[names.index(name) + 1 :] if each not in done), None)
    if following is not None:
        practice.begin(session, chat.member.id, following, now=chat.now)
        return _task(session, chat, following)
    practice.leave(session, chat.member.id)
    left = len(names) - len(done)
    return _say(chat, "rest", left=left) if left else _say(chat, "finished", total=len(names))


def _mistake(session: Session, chat: Chat, name: str) -> str:
    exercise, number = EXERCISES[name], _names(chat).index(name) + 1
    places = exercises.facts(session, chat.locale, chat.now)
    key = "wrong" if exercise.ask is None else "look"
    return _say(chat, key, number=number, example=exercises.example(exercise, places))


def _task(session: Session, chat: Chat, name: str) -> str:
    names, places = _names(chat), exercises.facts(session, chat.locale, chat.now)
    task = text(f"practice.task.{name}", chat.locale, **places)
    return _say(chat, "task_line", number=names.index(name) + 1, total=len(names), task=task)


def _names(chat: Chat) -> list[str]:
    return list(lessons.of_role(chat.member.role))


def _done(session: Session, chat: Chat) -> set[str]:
    return set(practice.done(session, chat.member.id, _names(chat)))


def _say(chat: Chat, key: str, **facts: Any) -> str:
    return text(f"practice.{key}", chat.locale, **facts)
