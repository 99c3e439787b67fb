"""Which parts of the language the software cannot do yet: a document that uses one is refused, never half obeyed.

A part whose engine has come is taken off WAITING; nothing else changes. Now the software can do all of it.
"""

from collections.abc import Iterator, Mapping

from loyalty.programme.document import Programme

WAITING: Mapping[str, tuple[str, ...]] = {}  # names of what waits, by section


def missing(programme: Programme) -> Iterator[str]:
    """The places of all that is written and cannot be done yet."""
    for section, names in WAITING.items():
        written = getattr(programme, section)
        silent = type(written)()
        yield from (f"{section}.{name}" for name in names if getattr(written, name) != getattr(silent, name))
