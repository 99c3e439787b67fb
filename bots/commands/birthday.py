"""One's birthday: told once, and kept."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, asked, buttons, command, slots
from bots.commands.faults import NotMeant
from bots.texts import text
from loyalty import shop
from loyalty.customers import birthdays, profiles, questions
from loyalty.customers.birthdays import Birthday
from loyalty.customers.models import Question
from loyalty.programme import versions
from loyalty.programme.document import Scope
from loyalty.typed.birthdays import parse_birthday

ASKED = "birthday"  # the kind of our question
OPEN_FOR = timedelta(days=1)  # so long a bare day answers it


def read_birthday(args: str) -> str:
    """What stands there, when it could be a day at all. Raises NotMeant for words that are about something else."""
    if args.strip() and not slots.bare_day(args)[:1].isdigit():
        raise NotMeant(args)
    return args


@command("sinh nhật", "birthday", for_=CUSTOMER, help="sinh nhật 20/11", details=True, reads=read_birthday)
def tell_birthday(session: Session, chat: Chat, typed: str) -> Reply:
    """`sinh nhật 20/11/1990` keeps it; without a day it says which is kept.

    Raises BirthdayUnclear, BirthdayFixed.
    """
    customer = profiles.get(session, chat.person.customer_id)
    if not typed.strip():
        return _known(session, chat, birthdays.find(session, customer))
    year, month, day = parse_birthday(slots.bare_day(typed), shop.of(session).day(chat.now))
    born = Birthday(month, day, year)
    is_new = birthdays.tell(session, customer, born, now=chat.now)
    questions.close_kind(session, chat.person.id, ASKED, now=chat.now)
    lines = [text("birthday.kept" if is_new else "birthday.known", chat.locale, day=written(born))]
    if is_new and brings_points(session, chat):
        lines.append(text("birthday.brings", chat.locale))
    return Reply("\n".join(lines), buttons(chat.locale, "points"))


def written(born: Birthday) -> str:
    """`20/11/1990`, `20/11`."""
    return f"{born.day:02}/{born.month:02}" + (f"/{born.year}" if born.year else "")


def _known(session: Session, chat: Chat, born: Birthday | None) -> Reply:
    if born is None:
        questions.ask(session, chat.person, ASKED, {}, now=chat.now)
        return Reply(text("birthday.ask", chat.locale))
    return Reply(text("birthday.known", chat.locale, day=written(born)), buttons(chat.locale, "points"))


def brings_points(session: Session, chat: Chat) -> bool:
    """Whether a rule of today gives anything for it: for nothing nobody is asked."""
    rules = versions.at(session, shop.of(session).day(chat.now)).rules
    return any(rule.scope is Scope.BIRTHDAY or rule.when.birthday for rule in rules)


def _ask(session: Session, chat: Chat, question: Question) -> Reply:
    return Reply(text("birthday.ask", chat.locale))


def _let_be(session: Session, chat: Chat, question: Question) -> Reply:
    questions.close(session, question, now=chat.now)
    return Reply(text("more.birthday_no", chat.locale), buttons(chat.locale, "points"))


asked.kind(ASKED, asked.Kind(_ask, _let_be, life=OPEN_FOR, context="birthday_asked"))
