"""Walk every page of the console that a link leads to, and look at each as a careful visitor would."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Dialog, Error, Page, Response
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


@dataclass
class Crawler:
    """Goes from link to link below /console. `endpoint_of` names the page behind a path, None for none of ours."""

    context: BrowserContext
    base: str
    endpoint_of: Callable[[str], str | None]
    axe: bool = False
    per_page: int = 2  # addresses of the same page with other ids
    look: Callable[[Page], list[str]] = lambda _page: []  # further faults of the page that is open
    seen: Counter[str] = field(default_factory=Counter)

    def walk(self, start: str) -> Iterator[Visit]:
        waiting, met = [start], {start}
        while waiting:
            address = waiting.pop(0)
            endpoint = self.endpoint_of(urlsplit(address).path)
            if endpoint is None or self.seen[endpoint] >= self.per_page:
                continue
            self.seen[endpoint] += 1
            visit = Visit(endpoint, address)
            links = self._open(address, visit)
            waiting += [link for link in links if link not in met]
            met |= set(links)
            yield visit

    def _open(self, address: str, visit: Visit) -> list[str]:
        with self._watched(visit) as page:
            loaded: list[Response] = []
            page.on("response", lambda response: loaded.append(response))  # a listener is marked; a built-in cannot be
            try:
                answer = page.goto(self.base + address)
            except Error as error:
                if "Download is starting" not in error.message:
                    raise
                return []  # a file
            if answer is None or answer.status != 200:
                visit.faults.append(f"status {answer.status if answer else '?'}")
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                return []  # a picture, a file
            page.wait_for_timeout(SETTLE)
            visit.faults += self._look(page, sum(map(_weight, loaded)))
            links = [str(link) for link in page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)")]
        return sorted({_path(link) for link in links if link.startswith(self.base + "/console/")})

    @contextmanager
    def _watched(self, visit: Visit) -> Iterator[Page]:
        """A page of its own, whose complaints are the visit's faults."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: visit.faults.append(f"script: {error}"))
        page.on("console", lambda line: visit.faults.extend([f"console: {line.text}"] * (line.type == "error")))
        page.on("request", lambda request: self._note_stranger(request.url, visit))
        page.on("dialog", lambda dialog: self._note_dialog(dialog, visit))
        yield page
        page.close()

    def _look(self, page: Page, weight: int) -> Iterator[str]:
        if weight > HEAVIEST:
            yield f"weighs {weight:,} bytes"
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            yield f"wider than the screen: {page.evaluate(WIDE_ONE)}"
        if not page.title().split(" · ")[0].strip():
            yield "has no title"
        yield from self.look(page)
        if self.axe:
            yield from _axe(page)

    def _note_stranger(self, url: str, visit: Visit) -> None:
        if not url.startswith((self.base + "/", "blob:", "data:")):
            visit.faults.append(f"leaves the machine: {url}")

    def _note_dialog(self, dialog: Dialog, visit: Visit) -> None:
        visit.faults.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()


WIDE_ONE = """(() => { const wide = [...document.querySelectorAll('body *')].find(
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
    for found in Axe().run(page).response["violations"]:
        if found["impact"] in SERIOUS:
            yield f"axe {found['id']}: {found['nodes'][0]['html'][:160]}"


def _weight(response: Response) -> int:
    try:
        return len(response.body())
    except Exception:  # a redirect has no body, a closed page none any more
        return 0


def _path(link: str) -> str:
    parts = urlsplit(urldefrag(link).url)
    return parts.path + (f"?{re.sub(r'cursor=[^&]*', 'cursor=', parts.query)}" if parts.query else "")
