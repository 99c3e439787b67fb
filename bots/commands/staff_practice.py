"""Exercises for people of the shop, in the chat they work in."""

from typing import Literal

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command
from bots.practice import guide
from loyalty.errors import Unreadable
from loyalty.staff import lessons
from loyalty.typed import fold

SKIPS = ("skip", "bo qua", "tiep", "next")  # as folded
LEAVES = ("leave", "thoat", "nghi", "dung", "stop")
Asked = int | Literal["skip", "leave"] | None


class PracticeUnclear(Unreadable):
    """Neither the number of an exercise nor a word that practice knows; `most` exercises there are."""

    code = "practice_unclear"

    def __init__(self, typed: str, most: int) -> None:
        super().__init__(typed=fold.quote(typed), most=most)


def read_asked(args: str) -> Asked:
    """Nothing (go on), the number of an exercise, «bỏ qua» or «thoát». Raises PracticeUnclear."""
    typed, most = fold.fold(args).lstrip("# "), max(map(len, lessons.LESSONS.values()))
    if not typed:
        return None
    if typed in SKIPS:
        return "skip"
    if typed in LEAVES:
        return "leave"
    if typed.isascii() and typed.isdigit() and 1 <= int(typed[:3]) <= most and len(typed) < 3:
        return int(typed)
    raise PracticeUnclear(args, most)


@command("luyện tập", "practice", for_=STAFF, help="/luyentap", reads=read_asked)
def practise(session: Session, chat: Chat, asked: Asked) -> Reply:
    """`/luyentap` goes on with one's exercises, `/luyentap 3` with the third; `bỏ qua` and `thoát` do so."""
    if asked == "skip":
        return guide.skip(session, chat)
    if asked == "leave":
        return guide.leave(session, chat)
    return guide.start(session, chat, asked)
