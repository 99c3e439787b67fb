"""The scopes a key may have: those some address asks for. They are declared where they are asked, in no list."""

from collections.abc import Sequence

from loyalty.api import resources
from loyalty.staff.keys import UnknownScope

VERBS = ("read", "write", "reveal")
_declared: set[str] = set()


def declare(scope: str) -> str:
    """Make a scope one that keys may have; declaring it again changes nothing."""
    resource, _, verb = scope.partition(":")
    assert resource and verb in VERBS, scope
    _declared.add(scope)
    return scope


def known() -> Sequence[str]:
    """Every scope there is, resources in their order, reading before writing."""
    places = {blueprint.name: place for place, blueprint in enumerate(resources.blueprints())}  # declares them, too

    def place(scope: str) -> tuple[int, str, int]:
        resource, _, verb = scope.partition(":")
        return places.get(resource, len(places)), resource, VERBS.index(verb)

    return sorted(_declared, key=place)


def check(asked: Sequence[str]) -> None:
    """Raises UnknownScope, naming those there are."""
    unknown = sorted(set(asked) - set(known()))
    if unknown or not asked:
        raise UnknownScope(unknown, known())
