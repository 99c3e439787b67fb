"""A part of the console: its pages, each with the right it asks for. A route without one cannot be written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from werkzeug.wrappers import Response

from loyalty.staff.permissions import Right
from loyalty.words import Both

Answer = str | Response | tuple[str, int]
View = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Open:
    """Who may come without a right of their role."""

    name: str


EVERYONE: Final = Open("everyone")  # whoever works here and has signed in
PUBLIC: Final = Open("public")  # anybody at all: the way in
Asked = Right | Open


@dataclass(frozen=True, slots=True)
class Refusal(Both):
    """What a refusal of the domain means on a page; `field` is the form's field it stands beside."""

    field: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One address below /console. `writes` opens a transaction that may write.

    `ahead` reads what takes long before that, without a writer's turn; the desk has what it returned.
    """

    rule: str
    method: str
    right: Asked
    view: View
    writes: bool
    ahead: Callable[..., Any] | None = None

    @property
    def endpoint(self) -> str:
        return self.view.__name__


@dataclass
class Section:
    """Pages that belong together. `order` is the place in the navigation, which shows it to whoever has `right`."""

    name: str
    title: Both
    icon: str = "circle"
    order: int = 100
    right: Asked = EVERYONE
    nav: bool = True
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)

    def get(self, rule: str, *, right: Asked, writes: bool = False) -> Callable[[View], View]:
        """A page. It reads only, unless it says otherwise."""
        return self._route(rule, "GET", right, writes)

    def post(
        self, rule: str, *, right: Asked, writes: bool = True, ahead: Callable[..., Any] | None = None
    ) -> Callable[[View], View]:
        """An act: one transaction, committed when the view returns, undone when it raises.

        One that only looks at what was typed says so, and takes no writer's turn.
        """
        return self._route(rule, "POST", right, writes, ahead)

    @property
    def home(self) -> str:
        """The endpoint the navigation leads to: the page with the shortest address."""
        front = min((route for route in self.routes if route.method == "GET"), key=lambda route: len(route.rule))
        return f"console.{self.name}.{front.endpoint}"

    def _route(
        self, rule: str, method: str, right: Asked, writes: bool, ahead: Callable[..., Any] | None = None
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            self.routes.append(Route(rule, method, right, view, writes, ahead))
            return view

        return declare


def facts_of(error: Exception) -> dict[str, Any]:
    """The values a sentence may quote."""
    facts: dict[str, Any] = getattr(error, "facts", {})
    return {
        name: ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value for name, value in facts.items()
    }
