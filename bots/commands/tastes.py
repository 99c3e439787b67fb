"""What a customer likes: listed, told, and taken back in their own words."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Reply, buttons, command
from bots.commands.phrasebook import matches
from bots.commands.words import split
from bots.texts import formats, text
from loyalty.customers.traits import interests
from loyalty.privacy import portrait
from loyalty.staff.audit import Author
from loyalty.typed import fold

MOST_WORDS = 6  # of one interest
DROPS = ("bỏ", "xóa", "xoá", "bớt", "không thích", "remove", "drop", "delete")
ADDS = ("thêm", "là", "add", "is", "are")


class Wish(NamedTuple):
    """What is to be done with the word: list (no word), add, drop."""

    act: str
    word: str


def read_wish(args: str) -> Wish:
    """`` lists, `thêm trà sữa` adds, `bỏ trà sữa` takes away; a whole sentence or a question lists."""
    words = args.split()
    act, used = _act(fold.plain(args).casefold())
    rest = " ".join(words[used:])
    if not rest or len(words) - used > MOST_WORDS or "?" in rest:
        return Wish("list", "")
    return Wish(act, rest)


@command("sở thích", "interests", for_=CUSTOMER, words=True, reads=read_wish)
def like(session: Session, chat: Chat, wish: Wish) -> Reply:
    """`sở thích` lists, `sở thích thêm trà sữa` adds, `sở thích bỏ trà sữa` takes away. Raises BadInterest."""
    by = Author("customer", chat.account.kind)
    customer_id = chat.person.customer_id
    if wish.act == "add":
        shown = interests.tell(session, customer_id, wish.word, by=by, now=chat.now)
        return Reply(text("interests.added", chat.locale, word=shown), buttons(chat.locale, "interests"))
    if wish.act == "drop":
        interests.refuse(session, customer_id, wish.word, by=by, now=chat.now)
        said = text("interests.dropped", chat.locale, word=formats.name(wish.word))
        return Reply(said, buttons(chat.locale, "interests"))
    return Reply(_listed(session, chat), buttons(chat.locale, "privacy"))


def _act(typed: str) -> tuple[str, int]:
    """What is wished, and how many words say so.

    `bò kho` is a dish and `bỏ` is to leave out: a mark that was typed counts, none may be left out.
    """
    words = typed.split()
    for act, verbs in (("drop", DROPS), ("add", ADDS)):
        for verb in map(split, verbs):
            used = len(verb)
            if matches(split(" ".join(words[:used])), verb):
                return act, used
    return "add", 0


def _listed(session: Session, chat: Chat) -> str:
    """What a phone somebody only typed brought along is another's as likely: without a proof it is not shown."""
    whole = portrait.is_proven(session, chat.person)
    found = [each for each in interests.list_of(session, chat.person.customer_id) if whole or each.author == "customer"]
    if not found:
        return text("interests.none", chat.locale)
    return text("interests.listed", chat.locale, words=", ".join(formats.name(each.shown) for each in found))
