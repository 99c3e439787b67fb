"""Questions in people's own words: every word known, and one core of words among them, in any order.

Only for what changes nothing, so a slip of the fingers may be forgiven here: a word is taken for the one it differs
from by a letter, as long as it could not be a Vietnamese word itself. Never for consent, points or money.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bots.commands.lexicon import STRICT, Topic, lexicon
from bots.commands.words import HOOK, TILDE, Word, is_word, split
from loyalty.typed import fold

MOST_WORDS = 24
SHORTEST_TYPO = 4  # letters of a word worth correcting
_WISHES = """
rewards member_code referral join human help resume offers
"""
WISHES = frozenset(_WISHES.split())  # one may say that one does not want them
LONG = 8  # letters from which two slips are forgiven
Candidates = frozenset[str]  # the known words that a typed one may be

APART = re.compile(r"\s*(?:[,;&+/]|\b(?:và|va|hay|hoặc|hoac|and|or)\b)\s*", re.IGNORECASE)

CLAUSES = re.compile(r"\s*(?:[,;.!?:\n]+|\bmà\b)\s*", re.IGNORECASE)
MOST_CLAUSES = 4
OF_OFFERS = re.compile(
    r"\b(?:tin|nhan|khuyen mai|km|quang cao|uu dai|spam|messages?|offers?|promos?|promotions?|ads)\b"
)
UNLESS = re.compile(
    r"\b(?:nhung|neu|tru khi|khi nao|bao gio|sao|tai|but|if|unless|only|why|order)\b|\w thoi$|(?<!\w)chỉ\b"
)
OFFERS, OF_FRIENDS = ("offers",), ("referral",)  # of the latter others are part
THEN = re.compile(r"\bthi (?=(?:len|duoc|dc|doi|moi|sao|co)\b)", re.IGNORECASE)  # no exam
AT_LAST = re.compile(r"\b(minh|nhieu|it|vay|gi|sao|roi) the(?=\W*$)", re.IGNORECASE)  # «thế», no card
BESIDES = re.compile(r"\b(?:với|vả|voi|va) (?:lại|lai)\b", re.IGNORECASE)
_ENDINGS = """
a ah nhi ta vay the ha em anh chi shop ad ban co chu bac chau roi nua z
"""
ENDINGS = frozenset(_ENDINGS.split())  # after the «không» of a question
_PLAIN = """
offers privacy referral tier
"""
PLAIN = frozenset(_PLAIN.split())  # nobody speaks of these but to ask for them
COMPOUND = 2
MARKED = 2  # words with marks, in a message whose writer types them
LONG_CORE = 3  # words that say what is asked though another word is not known

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|ch|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?"
    r"(?:oai|oay|oeo|uay|uoi|uou|uye|uya|ieu|yeu|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe|oi|oo|ua|ue|ui|uo|uu|uy|ye|[aeiouy])"
    r"(?:ng|nh|ch|[cmnpt])?"
)
SMILES = re.compile(
    r"(?<!\w)(?:[:;=x]['’-]?[()dpvo3*/\\|]+|<3+)(?!\w)|(?<!\w)(?:(?:h[aeiu]){2,}h?|k{2,})(?!\w)",
    re.IGNORECASE,
)
_STRETCHED = re.compile(r"(\w)\1+")
_MONEY = re.compile(r"\d{1,4}(?:k|tr|d)", re.ASCII)
DIGIT, NUMBER, AMOUNT = frozenset({"1"}), frozenset({"0"}), frozenset({"0k"})  # known where a topic says so
PHONE = frozenset({"09"})
NUMBERS = {1: DIGIT, 2: NUMBER, 3: NUMBER, 4: NUMBER, 10: PHONE}  # by their length
_TELEX = (("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("aw", "ă"), ("uow", "ươ"), ("ow", "ơ"), ("uw", "ư"))
_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": HOOK, "x": TILDE, "j": "\u0323"}


def find(text: str) -> tuple[str, ...]:
    """What a message asks about: nothing known, one topic, or two that must be asked back."""
    text = AT_LAST.sub(r"\1 thế", text)
    text = THEN.sub("thì ", BESIDES.sub(" ", SMILES.sub(" ", text)))
    if clear := _of_offers(text):
        return clear
    parts = [_topics(part) for part in APART.split(text) if part.strip()]
    if len(parts) == 2 and all(len(names) == 1 for names in parts) and parts[0] != parts[1]:
        return parts[0] + parts[1]
    return _topics(text)[:2] or _of_a_clause(text)


def _of_a_clause(text: str) -> tuple[str, ...]:
    """What the one clause that asks is about, where others only tell: «máy chậm quá, cho gặp nhân viên»."""
    asked = _clauses(text)
    is_one = len(asked) == 1 and len(asked[0]) == 1 and not STRICT & set(asked[0])
    return asked[0] if is_one and (not _is_told_off(text) or asked[0] == OF_FRIENDS) else ()


def _of_offers(text: str) -> tuple[str, ...]:
    """«ngày nào cũng nhắn khuyến mãi, thôi đừng nhắn nữa»: one clause is clear, the others only speak of offers.

    Two that contradict each other are both there: they are asked back.
    """
    said = _folded(split(text))
    if not OF_OFFERS.search(said) or UNLESS.search(said) or UNLESS.search(text.casefold()):
        return ()
    asked = _clauses(text)
    clear = [names for names in asked if STRICT & set(names)]
    if any(names not in (OFFERS, *clear) for names in asked):
        return ()
    return tuple(dict.fromkeys(names[0] for names in clear))


def _clauses(text: str) -> list[tuple[str, ...]]:
    """What each clause of a few is about, where it is about anything."""
    clauses = [clause for clause in CLAUSES.split(text) if clause.strip()]
    if not 1 < len(clauses) <= MOST_CLAUSES:
        return []
    return [names for clause in clauses if (names := _topics(clause)) and len(split(clause)) > 1]


def _is_told_off(text: str) -> bool:
    """Whether a turn of another sentence, or something not wanted, stands anywhere in it."""
    said = _folded(split(text))
    return bool(lexicon().turns.search(said) or lexicon().unwished.search(said))


def is_of_others(text: str) -> bool:
    """Whether a message makes it another matter: somebody else's, not wanted, a sentence that only begins like one."""
    return _is_told_off(text) or _is_others(tuple(spelt(split(text))))


def _topics(text: str) -> tuple[str, ...]:
    """The topics that know every word, those with the largest core."""
    typed = split(text)
    if _is_another_matter(typed):
        return ()
    meant = _without_question(tuple(spelt(typed)))
    is_marked = sum(not word.letters.isascii() or bool(word.tone) for word in typed) >= MARKED
    seen = [_as_marked(word) if is_marked else _candidates(word) for word in meant]
    if any(words & lexicon().strange for words in seen):
        return ()
    asked, odd = _asked(typed, meant), _odd_words(meant)
    return _best(asked, seen, odd)


def _as_marked(word: Word) -> Candidates:
    """Among words with their marks, one without is meant so, if there is such a word: «hôm qua» holds no «quà»."""
    found = _candidates(word)
    is_bare = word.letters == word.bare and not word.tone
    return (found & {word.bare} if is_bare else found) or found


def _asked(typed: Sequence[Word], meant: Sequence[Word]) -> list[Topic]:
    """The topics such words may be about: none that changes something where a slip is forgiven, none not wanted."""
    is_exact = all(map(_known, meant))
    is_unwished = bool(lexicon().unwished.search(_folded(typed)))
    open_ones = (topic for topic in lexicon().topics if is_exact or not topic.is_strict)
    return [topic for topic in open_ones if not (is_unwished and topic.name in WISHES)]


def _best(asked: Iterable[Topic], seen: Sequence[Candidates], odd: int) -> tuple[str, ...]:
    scored = [(size, topic.name) for topic in asked if (size := _score(topic, seen, 0 if topic.is_strict else odd))]
    best = max((size for size, _ in scored), default=0)
    return tuple(name for size, name in scored if size == best)


def _is_another_matter(typed: Sequence[Word]) -> bool:
    is_letter = len(typed) == 1 and len(typed[0].bare) == 1
    is_right_long = 0 < len(typed) <= MOST_WORDS and not is_letter
    return not is_right_long or bool(lexicon().turns.search(_folded(typed)))


def _folded(typed: Sequence[Word]) -> str:
    return " ".join(word.bare for word in typed)


def _without_question(meant: tuple[Word, ...]) -> tuple[Word, ...]:
    """Without the «không» that makes «có … không», «… được không» a question: it denies nothing."""
    bare = [word.bare for word in meant]
    if "khong" not in bare or not (_follows("co", bare) or "duoc khong" in " ".join(bare)):
        return meant
    last = len(bare) - 1 - bare[::-1].index("khong")
    is_end = all(word.bare in ENDINGS for word in meant[last + 1 :])
    first = last - (last > 2 and bare[last - 1] == "duoc")  # «không nhận tin nữa được không»
    return meant[:first] + meant[last + 1 :] if is_end else meant


def _follows(first: str, bare: Sequence[str]) -> bool:
    return first in bare and "khong" in bare[bare.index(first) + 1 :]


def _odd_words(meant: Sequence[Word]) -> int:
    """How many words a topic may leave unread, given a long core: none where one could be of somebody else."""
    return 0 if _is_others(meant) else max(0, (len(meant) - 2) // 3)


def _is_others(meant: Sequence[Word]) -> bool:
    others = lexicon().others
    return any(is_word(word, other) for word in meant for other in others.get(word.bare, ()))


def _score(topic: Topic, seen: Sequence[Candidates], odd: int) -> int:
    """How well the words fit the topic: the core's count twice, a strange one against it; 0: more than `odd` such."""
    unread = sum(not words & topic.known for words in seen)
    if unread > odd:
        return 0
    maybe, sure = frozenset(chain.from_iterable(seen)), frozenset(chain.from_iterable(map(_sure, seen)))
    if any(words <= maybe for words in topic.never):
        return 0
    least = 1 if not unread else COMPOUND if topic.name in PLAIN else LONG_CORE
    sizes = (len(core) for core in topic.cores if core <= maybe and core & sure)
    return max((2 * size - unread for size in sizes if size >= least), default=0)


def _sure(words: Candidates) -> Candidates:
    """What a word may be and is no filler besides: «qua» may be «quá»."""
    fillers = words & lexicon().fillers
    return frozenset(word for word in words if not fillers - {word})


def spelt(typed: Sequence[Word]) -> Iterator[Word]:
    """The words with chat spelling put right."""
    spelling = lexicon().spelling
    for word in typed:
        bare = word._replace(letters=word.bare)
        yield from spelling.get(word) or spelling.get(bare) or (word,)


@lru_cache(maxsize=8192)
def _candidates(word: Word) -> Candidates:
    if word.bare.isdigit() or _MONEY.fullmatch(word.bare):
        return AMOUNT if _MONEY.fullmatch(word.bare) else NUMBERS.get(len(word.bare), Candidates())
    if known := _known(word):
        return known
    if word.bare in lexicon().alike:  # another word with the same letters, unless a mark was forgotten
        return _marked_otherwise(word)
    return _known(_unstretched(word)) or _from_telex(word) or _corrected(word)


def _known(word: Word) -> Candidates:
    return Candidates(name for wanted, name in lexicon().alike.get(word.bare, ()) if is_word(word, wanted))


def _marked_otherwise(word: Word) -> Candidates:
    """«điễm», «sủ»: ? and ~ mixed up, or a hat forgotten under the right tone."""
    tones = {word.tone, TILDE, HOOK} if word.tone in (HOOK, TILDE) else {word.tone}
    alike = lexicon().alike[word.bare]
    return Candidates(
        name
        for wanted, name in alike
        if wanted.tone in tones and is_word(word._replace(tone=""), wanted._replace(tone=""))
    )


def _unstretched(word: Word) -> Word:
    return Word(*(_STRETCHED.sub(r"\1", part) for part in word))


def _from_telex(word: Word) -> Candidates:
    """`ddieemr`, typed while the keyboard was set to English, is `điểm`."""
    if not word.bare.isascii() or word.letters != word.bare:
        return Candidates()
    letters, tone = word.bare, ""
    if letters[-1] in _TELEX_TONES:
        letters, tone = letters[:-1], _TELEX_TONES[letters[-1]]
    for keys, letter in _TELEX:
        letters = letters.replace(keys, letter)
    bare = fold.fold(letters)
    if len(bare) < 2 or (not tone and letters == word.bare):
        return Candidates()
    alike = lexicon().alike.get(bare, ())
    return Candidates(
        name
        for wanted, name in alike
        if wanted.tone == tone and is_word(Word(bare, letters, ""), wanted._replace(tone=""))
    )


def _corrected(word: Word) -> Candidates:
    """The known word that differs by a letter (two in long ones), for what cannot be a word of its own."""
    if len(word.bare) < SHORTEST_TYPO or _SYLLABLE.fullmatch(word.bare) or not word.bare.isalpha():
        return Candidates()
    most = 2 if len(word.bare) >= LONG else 1
    choices = [bare for bare in lexicon().alike if len(bare) >= SHORTEST_TYPO]
    close = process.extract(word.bare, choices, scorer=OSA.distance, score_cutoff=most, limit=4)
    nearest = [bare for bare, distance, _ in close if distance == close[0][1]]
    return Candidates(name for bare in nearest for _, name in lexicon().alike[bare])
