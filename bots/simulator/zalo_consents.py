"""Zalo's consent page as the simulator plays it: an administrator agrees for one OA, or not, and a code goes back.

As the OAuth v4 page of 2026-10 says: the callback equals the registered one; a code serves once, for ten minutes, and
is exchanged with the secret whose SHA-256 the page was told. What Zalo answers to a bad code no page says: `-14014`.
"""

import hmac
import re
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, render_template, request
from flask import redirect as send_to
from werkzeug.wrappers import Response

from bots.simulator import guard
from bots.simulator.store import Store
from bots.simulator.tokens import Tokens
from bots.zalo import oauth
from loyalty.settings import Settings

CALLBACK = "/channels/zalo/callback"
LIVES = 600  # seconds
NAMES = ("Cà phê Mây (thử)", "Cà phê Mây Thủ Đức (thử)", "Cà phê Mây Đà Lạt (thử)")
AGREE, REFUSE, LATE = ANSWERS = ("agree", "refuse", "late")

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"([0-9]{1,20})\.([A-Za-z0-9_-]{43})\.([0-9]{1,12})\.([0-9a-f]{32})")


class Consents:
    """The OAs an administrator of the demo has, and the codes their consents brought."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._secret = settings.zalo_app_secret.encode()
        self.accounts: Mapping[str, str] = {
            str(int(settings.zalo_oa_id) + number): name for number, name in enumerate(NAMES)
        }

    def tokens(self, oa_id: str) -> Tokens:
        """The token pairs of one OA."""
        own = oa_id == self._settings.zalo_oa_id
        return Tokens(self._store, self._settings.zalo_app_secret, "" if own else oa_id)

    def agreed(self) -> Mapping[str, str]:
        """The OAs a consent was given for, and the one of the settings, with their names."""
        own = self._settings.zalo_oa_id
        return {id_: name for id_, name in self.accounts.items() if id_ == own or self.tokens(id_).is_begun()}

    def owner(self, access: str) -> str:
        """Whose access token this is; "" for one that is no longer or never was any."""
        return next((oa_id for oa_id in self.accounts if self.tokens(oa_id).is_valid(access)), "")

    def refresh(self, token: str) -> tuple[str, str] | None:
        found = (self.tokens(oa_id).refresh(token) for oa_id in self.accounts)
        return next((pair for pair in found if pair is not None), None)

    def code(self, oa_id: str, challenge: str, *, issued: int) -> str:
        head = f"{oa_id}.{challenge}.{issued}"
        return f"{head}.{self._mac(head)}"

    def exchange(self, code: str, verifier: str) -> tuple[str, str] | None:
        """A new pair for a code of ours, once; None for any other, a late one, or another's secret."""
        found = _CODE.fullmatch(code)
        if found is None or not hmac.compare_digest(found[4], self._mac(code.rpartition(".")[0])):
            return None
        is_late = time.time() - int(found[3]) > LIVES
        if is_late or oauth.challenge(verifier) != found[2] or not self._store.spend(f"code:{found[4]}"):
            return None
        return self.tokens(found[1]).issue()

    def _mac(self, head: str) -> str:
        return hmac.digest(self._secret, head.encode(), "sha256").hex()[:32]


def blueprint(consents: Consents, settings: Settings) -> Blueprint:
    """The page people of the shop are sent to, and their answer on it."""
    pages = Blueprint("zalo_consents", __name__, template_folder="templates", url_prefix="/zalo-oauth/v4/oa")

    @pages.get("/permission")
    def permission() -> str | tuple[str, int]:
        asked, fault = request.args, _fault(settings, request.args)
        locale = request.accept_languages.best_match(("vi", "en")) or "vi"
        page = render_template(
            "zalo_consent.html", fault=fault, accounts=consents.accounts, asked=asked, answers=ANSWERS, locale=locale
        )
        return (page, 400) if fault else page

    @pages.get("/permission/<any(agree, refuse, late):answer>")
    def answer(answer: str) -> Response | tuple[str, int]:
        """Back to the shop, with a code or without one. No form: what a browser posts names where it is from."""
        asked, oa_id = request.args, request.args.get("oa_id", "")
        if _fault(settings, asked) or oa_id not in consents.accounts:
            return "-14003", 400
        came = {"error": "-14014"} if answer == REFUSE else {"oa_id": oa_id}
        if answer != REFUSE:
            issued = int(time.time()) - (LIVES + 1 if answer == LATE else 0)
            came["code"] = consents.code(oa_id, asked["code_challenge"], issued=issued)
        return send_to(f"{asked['redirect_uri']}?{urlencode(came | {'state': asked.get('state', '')})}")

    return pages


def _fault(settings: Settings, asked: Mapping[str, str]) -> str:
    """Zalo's code of what is wrong with the address somebody was sent to; "" for nothing."""
    if asked.get("app_id") != settings.zalo_app_id:
        return "-14002"
    if not _is_registered(asked.get("redirect_uri", "")) or not _CHALLENGE.fullmatch(asked.get("code_challenge", "")):
        return "-14003"
    return ""


def _is_registered(callback: str) -> bool:
    """Whether it is the demo shop's own callback, on whichever port of this machine that runs."""
    try:
        parts = urlsplit(callback)
        is_ours = guard.is_loopback(parts.hostname or "")
    except ValueError:
        return False
    return is_ours and (parts.scheme, parts.path, parts.query, parts.fragment) == ("http", CALLBACK, "", "")
