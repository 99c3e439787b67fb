"""What one may write. The menus are in the order of the texts `help.customer` and `help.staff`."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, STAFF, Audience, Chat, Command, Reply, buttons, command, get
from bots.texts import text, wordings
from loyalty import shop
from loyalty.staff import permissions


@command("trợ giúp", "help", for_=CUSTOMER, help="trợ giúp", loose=True)
def help_customer(session: Session, chat: Chat, _: str) -> Reply:
    """The menu of customers; whoever works here is told where theirs is."""
    menu = text("menu.customer", chat.locale, lines=_lines(listed(CUSTOMER), chat.locale))
    if contact := shop.of(session).contact:
        menu += "\n" + text("menu.contact", chat.locale, contact=contact)
    if chat.staff is not None:
        menu += "\n" + text("menu.also_staff", chat.locale)
    return Reply(menu, buttons(chat.locale, "points", "history", "code"))


@command("trợ giúp", "help", for_=STAFF, help="/trogiup")
def help_staff(session: Session, chat: Chat, _: str) -> Reply:
    """The commands of the writer's role."""
    role = chat.member.role
    mine = (found for found in listed(STAFF) if found.right is None or permissions.may(role, found.right))
    return Reply(
        text("menu.staff", chat.locale, role=text(f"role.{role}", chat.locale), lines=_lines(mine, chat.locale))
    )


def listed(audience: Audience) -> list[Command]:
    """The commands of a menu."""
    prefix = f"help.{audience}."
    return [get(audience, key.removeprefix(prefix)) for key in wordings("vi") if key.startswith(prefix)]


def _lines(commands: Iterable[Command], locale: str) -> str:
    return "\n".join(_line(found, locale) for found in commands)


def _line(found: Command, locale: str) -> str:
    example = found.word(locale) if found.audience is CUSTOMER else found.help
    what = text(f"help.{found.audience}.{found.key}", locale)
    return text("menu.line", locale, example=example, what=what)
