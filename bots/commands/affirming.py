"""«ok shop», «dạ vâng ạ», `sure, why not`: a plain yes to what was just asked; every word known, nothing beside it."""

import re

from bots.commands.questions import SMILES
from bots.commands.words import Word, is_in, listed, split, unstretched
from loyalty.typed import fold

_AFFIRMED = """
ừ ừa uh uk uki được đc dc vâng có okê yes yep yeah yup sure alright
"""
AFFIRMED = listed(_AFFIRMED)  # not «ờ», «ừm», «dạ»: they only say that one listens
OKAY = re.compile(r"o+k+(?:e+|i+|ie+|ay|ey|ela|ei)?")
_BESIDE = """
dạ ạ nha nhá nhé nhe nhen nghen nhớ hen nè nek luôn lun chứ đó đấy nào liền
em e mình mk mik tôi tui anh chị cô chú bác dì cháu con bạn bn ad admin shop sốp sop quán bot ơi cưng yêu iu á
cảm cám ơn thanks thank thx tks you nhiều please pls
"""
BESIDE = listed(_BESIDE)
_SENT = """
cứ gửi nhắn cho đi tin ưu đãi khuyến mãi km thoải mái nhận send me it them offers
"""
SENT = listed(_SENT)  # where sending is spoken of
SEND = re.compile(r"\b(?:gui|nhan|send)\b(?! (?:gi|dau|nao|sao))")
GO_ON = re.compile(r"\bcu (?:gui|nhan)\b|\bgui(?: tin| cho \w+| \w+ dai| khuyen mai)* di\b|\bsend (?:it|them|me)\b")
WHENEVER = re.compile(r"\b(?:khi|lúc|luc) (?:nào|nao) (?:có|co)\b", re.IGNORECASE)
WHY_NOT = re.compile(r"\bwhy not\b", re.IGNORECASE)
CERTAINLY = re.compile(r"\b(?:of course|go ahead|nhất trí|dĩ nhiên(?: rồi)?|tất nhiên(?: rồi)?)(?!\w)", re.IGNORECASE)
HUM = re.compile(r"(?:u|o|a)?h*m+")
LAUGH = re.compile(r"(?:h[aeiu]){2,}h?|k{2,}")
_LISTENING = """
ờ ừm à uhm hm ậm
"""
LISTENING = listed(_LISTENING)  # they answer nothing yet
ASKING = Word("a", "a", "\u0300")  # «ok à» wants to know


def is_plain(text: str) -> bool:
    """Whether it agrees and says nothing more; a question, a number, a condition or a bare «dạ» does not."""
    said = WHENEVER.sub(" ", WHY_NOT.sub(" ", SMILES.sub(" ", fold.plain(text))))
    said = unstretched(CERTAINLY.sub("yes", said))
    words = [word for word in split(said) if not LAUGH.fullmatch(word.bare)]
    folded = fold.fold(said)
    if "?" in said or not words or ASKING in words:
        return False
    is_sent = SEND.search(folded) is not None
    others = [word for word in words if not _affirms(word)]
    is_known = all(is_in(word, BESIDE) or (is_sent and is_in(word, SENT)) for word in others)
    return is_known and (len(others) < len(words) or GO_ON.search(folded) is not None)


def is_nearly(text: str) -> bool:
    """«ừm gửi tin ưu đãi»: no more than a half yes, and no question about offers."""
    words = split(WHENEVER.sub("", text))
    return all(_affirms(word) or any(is_in(word, known) for known in (BESIDE, SENT, LISTENING)) for word in words)


def is_listening(text: str) -> bool:
    """«ờ», «hmm em»: somebody is there, and has not made up their mind."""
    others = [word for word in split(text) if not (is_in(word, LISTENING) or HUM.fullmatch(word.bare))]
    return len(others) < len(split(text)) and all(is_in(word, BESIDE) for word in others)


def _affirms(word: Word) -> bool:
    return is_in(word, AFFIRMED) or OKAY.fullmatch(word.bare) is not None
