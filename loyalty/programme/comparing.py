"""What another document changes: in sentences for people, in lines for whoever wrote it."""

from dataclasses import dataclass
from difflib import unified_diff

from loyalty.programme import sentences
from loyalty.programme.document import Programme


@dataclass(frozen=True, slots=True)
class Difference:
    """Sentences that go and that come, in their order, and the lines of the text as `diff -u` shows them."""

    gone: tuple[str, ...]
    come: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        return not self.lines


def compare(old: Programme, old_text: str, new: Programme, new_text: str, locale: str) -> Difference:
    """What changes from one document to another, in that language."""
    before, after = sentences.describe(old, locale), sentences.describe(new, locale)
    lines = unified_diff(old_text.splitlines(), new_text.splitlines(), lineterm="", n=1)
    return Difference(
        tuple(said for said in before if said not in after),
        tuple(said for said in after if said not in before),
        tuple(line for line in lines if not line.startswith(("---", "+++"))),
    )
