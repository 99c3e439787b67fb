"""Variables named like settings that are none: one letter too many, and what the operator decided does nothing."""

import os
from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA
from structlog import get_logger

from loyalty import settings

log = get_logger()
PREFIX = "LOYALTY_"
NEAR = 0.6  # of 1: so alike that one is meant for the other
PARENT = f"{PREFIX}PARENT_PID"  # which `serve` gives its children


def find(environ: Mapping[str, str] | None = None) -> Mapping[str, str | None]:
    """Each with the setting it is nearest to, None where none is near. Without `environ`: where settings are read."""
    known = settings.variables()
    given = settings.environment() if environ is None else environ
    unknown = sorted(name for name in given if name.startswith(PREFIX) and name not in {*known, PARENT})
    return {name: _nearest(name, known) for name in unknown}


def tell() -> None:
    """Log them as a process starts; a child leaves that to its parent. Their values are nobody's business."""
    if PARENT not in os.environ:
        for name, nearest in find().items():
            log.warning("setting_unknown", variable=name, nearest=nearest)


def _nearest(name: str, known: frozenset[str]) -> str | None:
    names = sorted(each.removeprefix(PREFIX) for each in known)
    score = OSA.normalized_similarity
    found = process.extractOne(name.removeprefix(PREFIX), names, scorer=score, score_cutoff=NEAR)
    return PREFIX + found[0] if found else None
