"""What a message is most like among examples (examples.toml): the last step, for customers whom no grammar understands.

Each word and each pair of neighbours says how much likelier it is in the examples of a topic than in ordinary talk; the
sum of the logarithms is the topic's score (naive Bayes). Only for what changes nothing: no answer, no number, no staff.
"""

import math
import tomllib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path

from bots.commands import questions
from bots.commands.words import Word, split

TALK = "talk"  # what is nothing of ours
FEWEST_WORDS = 2
SMOOTHING = 0.6  # of an example in which a topic might have had a word it has not
# Chosen where an eighth of the examples at a time was read by the others: 45 in 100 were right, 5 asked back, 7 wrong;
# 4 in 100 of the talk, much of it worded like ours on purpose, passed.
MARGIN = 5.0  # a topic is so far above talk, as a logarithm
MOST_UNSEEN = 0.25  # of the words: with more in no example nobody can say what it is about
NEAR = 2.0  # and so far above the next one, or both are asked back
Feature = Hashable
Weights = Mapping[Feature, Mapping[str, float]]


def find(text: str) -> tuple[str, ...]:
    """The topic a message is most like, two it is nearly as like, or nothing; what holds a digit is never guessed."""
    is_right_long = FEWEST_WORDS <= len(split(text)) <= questions.MOST_WORDS
    if not is_right_long or any(map(str.isdigit, text)) or questions.is_of_others(text):
        return ()
    return nearest(features(text), weights())


def nearest(typed: Iterable[Feature], known: Weights) -> tuple[str, ...]:
    words = [feature in known for feature in typed if isinstance(feature, str)]
    if words.count(False) > MOST_UNSEEN * len(words):
        return ()
    scores: Counter[str] = Counter()
    for feature in typed:
        scores.update(known.get(feature, {}))
    ranked = scores.most_common(2)
    if not ranked or ranked[0][1] < MARGIN:
        return ()
    best = ranked[0][1]
    return tuple(name for name, score in ranked if score >= max(MARGIN, best - NEAR))


def features(text: str) -> tuple[Feature, ...]:
    """Its words without their marks, those with marks besides as they are, and each two neighbours; each once."""
    words = tuple(questions.spelt(split(text)))
    bare = [word.bare for word in words]
    return tuple(dict.fromkeys((*bare, *pairwise(bare), *filter(_is_marked, words))))


def _is_marked(word: Word) -> bool:
    return bool(word.tone) or word.letters != word.bare


@cache
def weights() -> Weights:
    return weigh(examples())


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Each with its topic."""
    document = tomllib.loads((Path(__file__).parent / "examples.toml").read_text(encoding="utf-8"))
    return tuple((topic, said) for topic, listed in document.items() for said in _parts(listed))


def weigh(known: tuple[tuple[str, str], ...]) -> Weights:
    """How much each feature speaks for each topic and against talk."""
    counts: dict[str, Counter[Feature]] = {topic: Counter() for topic, _ in known}
    for topic, said in known:
        counts[topic].update(features(said))
    every = frozenset().union(*counts.values())
    shares = {topic: _shares(counts[topic], every) for topic in counts}
    talk = shares.pop(TALK)
    return {one: {topic: share[one] - talk[one] for topic, share in shares.items()} for one in every}


def _shares(counted: Counter[Feature], every: frozenset[Feature]) -> dict[Feature, float]:
    whole = math.log(counted.total() + SMOOTHING * len(every))
    return {feature: math.log(counted[feature] + SMOOTHING) - whole for feature in every}


def _parts(listed: str) -> Iterator[str]:
    return (part.strip() for line in listed.splitlines() for part in line.split("|") if part.strip())
