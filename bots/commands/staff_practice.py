"""Exercises for people of the shop, in the chat they work in."""

import re

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command
from bots.practice import guide
from loyalty.errors import Unreadable
from loyalty.staff import lessons
from loyalty.typed import fold


class PracticeUnclear(Unreadable):
    """Neither the number of an exercise nor a word that practice knows; `most` exercises there are."""

    code = "practice_unclear"

    def __init__(self, typed: str, most: int) -> None:
        super().__init__(typed=fold.quote(typed), most=most)


def read_number(args: str) -> int | None:
    """The number of an exercise; nothing is none. Raises PracticeUnclear."""
    typed, most = fold.fold(args).lstrip("# "), max(map(len, lessons.LESSONS.values()))
    if not typed:
        return None
    if re.fullmatch(r"[0-9]{1,2}", typed) is None or not 1 <= int(typed) <= most:
        raise PracticeUnclear(args, most)
    return int(typed)


@command("luyện tập", "practice", for_=STAFF, help="/luyentap", reads=read_number)
def practise(session: Session, chat: Chat, number: int | None) -> Reply:
    """`/luyentap` goes on with one's exercises, `/luyentap 3` with the third."""
    return guide.start(session, chat, number)


@command("bỏ qua", "skip", for_=STAFF)
def skip(session: Session, chat: Chat, _: str) -> Reply:
    """`/boqua`, or «bỏ qua» without a slash, leaves the exercise under way for another time."""
    return guide.skip(session, chat)


@command("thoát luyện tập", "leave_practice", for_=STAFF)
def leave(session: Session, chat: Chat, _: str) -> Reply:
    """`/thoat luyện tập`: no exercise is under way any more. The chat works for the shop as before."""
    return guide.leave(session, chat)
