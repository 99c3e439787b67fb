"""One's birthday: told once, and kept."""

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command, slots
from bots.commands.faults import NotMeant
from bots.texts import text
from loyalty import shop
from loyalty.customers import birthdays, profiles
from loyalty.customers.birthdays import Birthday
from loyalty.programme import versions
from loyalty.programme.document import Scope
from loyalty.typed.birthdays import parse_birthday


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
    lines = [text("birthday.kept" if is_new else "birthday.known", chat.locale, day=written(born))]
    if is_new and _brings_points(session, chat):
        lines.append(text("birthday.brings", chat.locale))
    return Reply("\n".join(lines), buttons(chat.locale, "points"))


def written(born: Birthday) -> str:
    """`20/11/1990`, `20/11`."""
    return f"{born.day:02}/{born.month:02}" + (f"/{born.year}" if born.year else "")


def _known(session: Session, chat: Chat, born: Birthday | None) -> Reply:
    if born is None:
        return Reply(text("birthday.ask", chat.locale))
    return Reply(text("birthday.known", chat.locale, day=written(born)), buttons(chat.locale, "points"))


def _brings_points(session: Session, chat: Chat) -> bool:
    rules = versions.at(session, shop.of(session).day(chat.now)).rules
    return any(rule.scope is Scope.BIRTHDAY or rule.when.birthday for rule in rules)
