"""What a message is taken for. Pure: nothing is looked up, nothing is done.

Case, accents and `#` are put aside; a word typed with a tone mark means only the word with that tone. A slash marks a
staff command and may be followed by anything; a customer's command is the whole message or nothing, courtesy aside.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from rapidfuzz.distance import OSA

from bots.commands import CUSTOMER, STAFF, Command, registry, slots, spoken, topics
from bots.commands.faults import NotMeant
from bots.commands.names import CHANGED, is_of_another, told, unnamed
from bots.commands.phrasebook import LONGEST_FILLER, Book, Phrase, bare, book_of, filler_at, look_up, without
from bots.commands.taken import Understood
from bots.commands.words import WORD, Word, split, word
from loyalty.errors import LoyaltyError
from loyalty.rewards import codes as reward_codes
from loyalty.typed import codes, fold, phones

MOST_WORDS = 16  # of any message that is nothing but a command
LONGEST_NAME = 4  # words of a staff command
SHORTEST_NAME = 3  # letters of one a slip is forgiven in
LONGEST_OPENING = 6  # words of the name of a command that takes words
LEADING = " \t:,.;-–—…"  # between the name and the words
CODE_LENGTHS = (codes.MEMBER_CODE_LENGTH, 8)
THANKS = frozenset({"thank", "thanks"})
_ADDRESSED = """
shop ad admin ban quan sop bot em anh chi there nhieu rat that ca nha
"""
ADDRESSED = frozenset(_ADDRESSED.split())
CALLED = re.compile(r"oi*|ui+")  # «shop ơi»
_OF_STAFF = """
ma nhan vien staff code cua em e la minh toi tui anh chi moi day nay a da shop my is i m the nha nhe ne vao co duoc cap
"""
OF_STAFF = frozenset(_OF_STAFF.split())  # around a code of staff: «em là nhân viên mới, mã của em …»
LAUGHS = re.compile(r"(?:h[aeiu]){2,}h?|k{2,}|(?:ke){2,}")
PEOPLE = ("human",)  # of whom staff speak to each other
ANSWERS = frozenset({"yes", "no", "stop", "resume"})  # never taken from a question

_MARK = re.compile(r"[\s#]*/[\s/#]*(?=[^\W\d_])")  # `/-heart` is one of Zalo's emoticons
PLUS = re.compile(r"[+\-−–]\s*(?!84|00|\d{8})\d")  # «+350k 0909…» is no foreign phone
_JOINING = """
dang ky ki dk dky dki giup gium dum ho muon can lam mo the thanh vien tham gia tich diem ten nho
sign up join register member
"""
JOINING = phones.FILLERS.union(_JOINING.split())  # of a wish to join with the phone that follows, and nothing else
WISH = re.compile(r"\b(?:dang k[iy]|dk[iy]?|lam the|mo the|tham gia|join|sign up|register)\b")
BEFORE_A_PHONE = frozenset({"bang", "sang", "thanh", "qua"})
SIGNED = re.compile(r"\s*[-−–]\d")
NUMBER = re.compile(r"#? ?(?:số |so )?([1-9]\d{0,2})[.!]?", re.ASCII | re.IGNORECASE)
_PHONE = re.compile(r"\d(?:[\s.-]?\d){8}")  # with one, a line of staff is no question
_LETTERS = re.compile(r"[^\W\d_]+")


NOTHING = Understood()
ASKS = Word("ha", "ha", "\u0309")  # «hả» ends a question; «ha» is a courtesy


def understand(text: str, *, staff: bool = False) -> Understood:
    """What `text` is taken for; `staff`: whether somebody of the shop wrote it. Total: any text has an answer."""
    line = fold.quote(text, len(text) + 1)
    if mark := _MARK.match(line):
        return _marked(line[mark.end() :])
    plain = fold.plain(text)
    words = split(plain)
    if phrase := _whole(words, is_question="?" in plain):
        is_loan = bare(words) in book_of(CUSTOMER).loans
        return _read(Understood(phrase.command, phrase.args, locale=phrase.locale, is_loan=is_loan))
    if not staff and _PHONE.search(plain) and told(plain) and (found := _phone(text, plain, is_own=True)):
        return found  # «tên em là Hoa, sđt …» is no name of that length
    if opening := _opening(plain):
        return opening
    if staff and PLUS.match(plain):
        return Understood(meant=registry()[STAFF, "award"])
    if staff and (said := spoken.meant(plain)) is not None:
        return Understood(meant=said)
    if not _is_question(plain, words) and (found := _phone(text, plain, is_own=not staff)):
        return found
    if staff and (meant := named(line)) and (not meant[1] or any(map(str.isdigit, meant[1]))):
        return Understood(meant=meant[0].command)
    if not staff and (code := _staff_code(plain)):
        return Understood(args=code, is_code=True)
    if not (staff and _PHONE.search(plain)) and (asked := topics.ask(text)) and not (staff and asked.topics == PEOPLE):
        return asked if asked.command is None else _read(asked)
    number = int(alone[1]) if (alone := NUMBER.fullmatch(plain)) else None
    return Understood(is_code=_is_code(plain), is_greeting=_is_greeting(words), number=number)


def or_alike(found: Understood, text: str) -> Understood:
    """What was found; where that is nothing, what a customer's words are like (`likeness`)."""
    if found != NOTHING or (asked := topics.alike(text)) is None:
        return found
    return asked if asked.command is None else _read(asked)


def _marked(rest: str) -> Understood:
    if (found := named(rest)) is None:
        return Understood(is_marked=True, meant=_nearest(rest))
    phrase, args = found
    return _read(Understood(phrase.command, args, locale=phrase.locale, is_marked=True))


def named(line: str) -> tuple[Phrase, str] | None:
    """The staff command a line begins with, longest name first, and what stands after it."""
    spans = list(_leading_words(line))
    for count in range(len(spans), 0, -1):
        words = split(" ".join(span[0] for span in spans[:count]))
        if phrase := look_up(words, book_of(STAFF)):
            return phrase, line[spans[count - 1].end() :].strip(" \t:")
    return None


def _nearest(line: str) -> Command | None:
    """The one staff command whose name differs by a slip of the fingers from what a line begins with: `/huyy 1042`."""
    spans = [span[0] for span in _leading_words(line)]
    begun = {fold.fold("".join(spans[:count])) for count in range(1, len(spans) + 1)}
    names = {"".join(bare): phrases[0].command for bare, phrases in book_of(STAFF).phrases.items()}
    near = {
        command.key: command
        for name, command in names.items()
        if len(name) >= SHORTEST_NAME and any(OSA.distance(typed, name, score_cutoff=1) == 1 for typed in begun)
    }
    return next(iter(near.values())) if len(near) == 1 else None


def _leading_words(line: str) -> Iterator[re.Match[str]]:
    """The first words of letters with nothing but space between them.

    Only the first may have its arguments right behind it: `/tich250k`, but the `MA` of `/doi MA8B-MCAG` is no «mã».
    """
    start = 0
    for _ in range(LONGEST_NAME):
        word = _LETTERS.match(line, start)
        if word is None or (start and line[word.end() : word.end() + 1].isdecimal()):
            return
        yield word
        start = word.end() + len(line[word.end() :]) - len(line[word.end() :].lstrip())


def _whole(words: Sequence[Word], *, is_question: bool) -> Phrase | None:
    """The customer's command a message is, the words of courtesy and, where nothing changes by it, of asking aside."""
    book = book_of(CUSTOMER)
    if not 0 < len(words) <= MOST_WORDS:
        return None
    said = without(words, book.courtesy)
    called = words[2:] if len(words) > 2 and words[1].bare == "oi" else words  # «bot ơi»
    phrase = look_up(words, book) or look_up(called, book) or look_up(said, book)
    if phrase is None and _is_thanks(words, book):
        return Phrase(tuple(words), registry()[CUSTOMER, "thanks"], "", "en" if words[0].bare in THANKS else "vi")
    if phrase is None and (annoyed := look_up(without(words, book.bother), book)) and annoyed.command.key == "stop":
        return None if is_question else annoyed
    if phrase is None:
        loose = look_up(without(words, book.asking), book)
        phrase = loose if loose and loose.command.is_loose else None
    return None if phrase and is_question and phrase.command.key in ANSWERS else phrase


def _is_thanks(words: Sequence[Word], book: Book) -> bool:
    """Whether a message is made of «ok», «cảm ơn», «hiểu rồi» and whom they are said to, and nothing else."""
    left = without(without(words, book.thanks), book.courtesy)
    if any(filler_at(words[place : place + LONGEST_FILLER], book.greetings) for place in range(len(words))):
        return False
    is_said = any(filler_at(words[place : place + LONGEST_FILLER], book.thanks) for place in range(len(words)))
    return is_said and all(word.bare in ADDRESSED or LAUGHS.fullmatch(word.bare) for word in left)


def _opening(plain: str) -> Understood | None:
    """A customer's command that takes words, when a message begins with its name, courtesy aside; and those words."""
    book, spans = book_of(CUSTOMER), list(islice(WORD.finditer(plain), MOST_WORDS))
    words = [word(span[0].casefold()) for span in spans]
    begin = 0
    while taken := filler_at(words[begin : begin + LONGEST_FILLER], book.courtesy):
        begin += taken
    for end in range(min(begin + LONGEST_OPENING, len(words)), begin, -1):
        phrase = look_up(words[begin:end], book)
        if phrase and phrase.command.takes_words and (said := plain[spans[end - 1].end() :].strip(LEADING)):
            return _read(Understood(phrase.command, said, locale=phrase.locale))
        if meant := _detailed(phrase or _within(words[begin:end], book), plain, spans[end - 1].end(), book):
            return meant
    return None


def _within(words: Sequence[Word], book: Book) -> Phrase | None:
    """«đổi cho mình quà số»: the name of a command that takes details, courtesy in the midst of it."""
    phrase = look_up(without(words, book.courtesy), book)
    return phrase if phrase and phrase.command.takes_details else None


def _detailed(phrase: Phrase | None, plain: str, end: int, book: Book) -> Understood | None:
    """The command with what stands after its name, courtesy aside; None where that makes it another sentence."""
    if phrase is None or not phrase.command.takes_details or SIGNED.match(plain, end):  # «đổi -1» redeems nothing
        return None
    if _PHONE.search(plain, end):  # «đổi số 0912345678»
        return None
    said = " ".join(bare(without(split(plain[end:]), book.courtesy)))
    if phrase.command.key == "birthday" and slots.is_of_another(plain):
        return None
    found = _read(Understood(phrase.command, said, locale=phrase.locale))
    return None if isinstance(found.refusal, NotMeant) else found


def _is_question(plain: str, words: Sequence[Word]) -> bool:
    """«0912345678 là số shop hả» asks whose phone it is and gives none."""
    return "?" in plain or ASKS in words


def _phone(text: str, plain: str, *, is_own: bool) -> Understood | None:
    """A message that is nothing but one's phone, or the wish to join with it."""
    if not any(map(str.isdigit, plain)) or is_of_another(plain):
        return None
    join = registry()[CUSTOMER, "join"]
    wish, rest = _after_join(plain)
    bare_phone = unnamed(plain) if is_own else ""
    for candidate in (text, rest, bare_phone, _after_join(bare_phone)[1], CHANGED.sub("", plain)):
        try:
            phone = phones.find_phone(candidate)
        except phones.PhoneUnclear as refusal:
            return Understood(join, candidate, refusal=refusal, locale=wish)
        if phone is not None:
            return Understood(join, candidate, phone, locale=wish)
    return None


def _after_join(plain: str) -> tuple[str | None, str]:
    """The language of words that ask to join, and what follows them: `join 0912345678`; nothing for another start."""
    digits = re.search(r"[+(]?\d", plain)
    words = split(plain[: digits.start()]) if digits else ()
    for count in range(len(words), 0, -1):
        phrase = _whole(words[:count], is_question=False)
        if digits and phrase and phrase.command.key == "join":
            return phrase.locale, plain[digits.start() :]
        if words[count - 1].bare not in phones.FILLERS | BEFORE_A_PHONE:
            break
    begun = fold.fold(plain[: digits.start()]) if digits else ""
    is_wish = WISH.search(begun) is not None and JOINING.issuperset(fold.tokens(begun))
    return None, plain[digits.start() :] if digits and is_wish else ""


def _is_code(plain: str) -> bool:
    """Signs of a staff or member code alone: six or eight of the alphabet; letters alone only in capitals."""
    typed = plain.lstrip("#").strip()
    code = codes.normalise_code(typed)
    return (
        " " not in typed
        and len(code) in CODE_LENGTHS
        and set(code) <= set(codes.CODE_ALPHABET)
        and not code.isdigit()
        and (not code.isalpha() or (typed.isupper() and (len(set(code)) > 4 or _is_written_as_one(typed))))  # HAHAHAHA
    )


def _staff_code(plain: str) -> str:
    """The code somebody says they have as staff, with nothing else said; empty where that is not so."""
    typed = [each for each in plain.split() if re.search(r"\d", each)]
    if len(typed) != 1:
        return ""
    code = codes.normalise_code(typed[0].strip(",.:;!()"))
    said = fold.tokens(" ".join(each for each in plain.split() if each not in typed))
    is_said = OF_STAFF.issuperset(said) and bool({"vien", "staff"} & set(said))
    return code if is_said and slots.is_shaped(code, CODE_LENGTHS[1]) else ""


def _is_written_as_one(typed: str) -> bool:
    """Whether it is a reward code as we write it, `XGXQ-EXQG`, with the check it must have."""
    return typed[4:5] == "-" and reward_codes.is_code(typed)


def _is_greeting(words: Sequence[Word]) -> bool:
    """Whether a message says hello and nothing else."""
    if not 0 < len(words) <= MOST_WORDS:
        return False
    book = book_of(CUSTOMER)
    if len(words) == 2 and words[0].bare in ADDRESSED and CALLED.fullmatch(words[1].bare):
        return True
    left = without(without(words, book.greetings), book.courtesy)
    is_said = any(filler_at(words[place:], book.greetings) for place in range(len(words)))
    return is_said and ADDRESSED.issuperset(bare(left))


def _read(understood: Understood) -> Understood:
    """With what the command makes of its arguments."""
    command = understood.command
    assert command is not None
    fields = {name: getattr(understood, name) for name in ("args", "locale", "is_loan", "is_marked", "topics")}
    try:
        return Understood(command, value=command.reads(understood.args), **fields)
    except LoyaltyError as refusal:
        return Understood(command, refusal=refusal, **fields)
