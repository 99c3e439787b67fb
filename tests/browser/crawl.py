"""Walk every page of the console that a link leads to, and look at each as a careful visitor would."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urldefrag, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Dialog, Error, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

HEAVIEST = 200_000  # bytes of one page with everything it loads
SETTLE = 120  # ms for what a page loads by itself
SERIOUS = ("serious", "critical")


@dataclass
class Visit:
    """One page as it was seen."""

    endpoint: str
    address: str
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class View:
    """How a page is looked at: the screen it stands on, and whether by day or by night."""

    size: tuple[int, int]
    scheme: Literal["light", "dark"] = "light"

    def turn(self, page: Page) -> None:
        page.set_viewport_size({"width": self.size[0], "height": self.size[1]})
        page.emulate_media(color_scheme=self.scheme, reduced_motion="reduce")


@dataclass
class Crawler:
    """Goes from link to link below /console and looks at each page in every view; it is loaded in the first.

    `endpoint_of` names the page behind a path, None for none of ours.
    """

    context: BrowserContext
    base: str
    endpoint_of: Callable[[str], str | None]
    views: tuple[View, ...]
    axe: bool = False
    per_page: int = 2  # addresses of the same page with other ids
    look: Callable[[Page], list[str]] = lambda _page: []  # further faults of the page that is open
    seen: Counter[str] = field(default_factory=Counter)
    audited: defaultdict[tuple[str, View], set[int]] = field(default_factory=lambda: defaultdict(set))  # element kinds
    visit: Visit = field(default_factory=lambda: Visit("", ""))  # the one whose faults are heard

    def walk(self, start: str) -> Iterator[Visit]:
        page = self._watched()
        waiting, met = [start], {start}
        while waiting:
            address = waiting.pop(0)
            endpoint = self.endpoint_of(urlsplit(address).path)
            if endpoint is None or self.seen[endpoint] >= self.per_page:
                continue
            self.seen[endpoint] += 1
            self.visit = Visit(endpoint, address)
            links = self._open(page, address)
            waiting += [link for link in links if link not in met]
            met |= set(links)
            yield self.visit
        page.close()

    def _open(self, page: Page, address: str) -> list[str]:
        faults = self.visit.faults
        self.views[0].turn(page)
        try:
            answer = page.goto(self.base + address)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            return []  # a file
        if answer is None or answer.status != 200:
            faults.append(f"status {answer.status if answer else '?'}")
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return []  # a picture, a file
        page.wait_for_timeout(SETTLE)
        sight = page.evaluate(SIGHT)
        faults += self._read(page, sight)
        for view in self.views:
            faults += self._look(page, view)
        ours = (_path(link) for link in sight["links"] if link.startswith(self.base + "/console/"))
        return list(dict.fromkeys(ours))  # in the page's order: ids are random, a walk should not be

    def _watched(self) -> Page:
        """A page whose complaints are the visit's faults, for the whole walk: a new one costs as much as a visit."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.visit.faults.append(f"script: {error}"))
        page.on("console", lambda line: self.visit.faults.extend([f"console: {line.text}"] * (line.type == "error")))
        page.on("request", lambda request: self._note_stranger(request.url))
        page.on("dialog", lambda dialog: self._note_dialog(dialog))
        return page

    def _read(self, page: Page, sight: dict[str, Any]) -> Iterator[str]:
        """What is the same in every view."""
        if sight["weight"] > HEAVIEST:
            yield f"weighs {sight['weight']:,} bytes"
        if not sight["title"].split(" · ")[0].strip():
            yield "has no title"
        yield from self.look(page)

    def _look(self, page: Page, view: View) -> Iterator[str]:
        view.turn(page)
        wide = page.evaluate(WIDE_ONE)
        if wide:
            yield f"wider than a screen of {view.size[0]}: {wide}"
        if self.axe and self._is_new(page, view):
            yield from (f"{fault} ({view.scheme})" for fault in _axe(page))

    def _is_new(self, page: Page, view: View) -> bool:
        """Whether something stands here that axe has not judged on this page of another thing, in the same place."""
        known, kinds = self.audited[self.visit.endpoint, view], set(page.evaluate(KINDS))
        is_new = not kinds <= known
        known |= kinds
        return is_new

    def _note_stranger(self, url: str) -> None:
        if not url.startswith((self.base + "/", "blob:", "data:")):
            self.visit.faults.append(f"leaves the machine: {url}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.visit.faults.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()


SIGHT = """() => ({
  weight: ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0),
  title: document.title,
  links: [...document.querySelectorAll('a[href]')].map(link => String(link.href)),
})"""
KINDS = """() => {
  const judged = /^(class|style|role|type|tabindex|aria-(hidden|current|expanded|pressed|checked|selected))$/;
  const kinds = new Map([[null, 0]]);
  for (const element of document.querySelectorAll('*')) {
    const own = [element.tagName, Boolean(element.textContent.trim()),
      ...[...element.attributes].map(a => a.name + (judged.test(a.name) ? a.value : Boolean(a.value)))].join(' ');
    let kind = kinds.get(element.parentElement);
    for (let at = 0; at < own.length; at++) kind = Math.imul(kind ^ own.charCodeAt(at), 0x01000193);
    kinds.set(element, kind);
  }
  return [...new Set(kinds.values())];
}"""  # an element's kind: its tag, what axe judges of its attributes, whether it says something; and its parent's kind
WIDE_ONE = """(() => { if (document.documentElement.scrollWidth <= innerWidth) return '';
  const wide = [...document.querySelectorAll('body *')].find(
  e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.heat-scroll, .tabs, pre, [popover]'));
  return wide ? wide.outerHTML.slice(0, 160) : '?' })()"""


def endpoints(routes: Map) -> Callable[[str], str | None]:
    """The name of the page behind a path, from the application's own map."""
    adapter = routes.bind("localhost")

    def name(path: str) -> str | None:
        try:
            return str(adapter.match(path, method="GET")[0])
        except HTTPException:
            return None

    return name


def _axe(page: Page) -> Iterator[str]:
    for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]:
        if found["impact"] in SERIOUS:
            yield f"axe {found['id']}: {found['nodes'][0]['html'][:160]}"


def _path(link: str) -> str:
    parts = urlsplit(urldefrag(link).url)
    return parts.path + (f"?{re.sub(r'cursor=[^&]*', 'cursor=', parts.query)}" if parts.query else "")
