"""What is fetched besides webhooks: QR pictures, Zalo's proof that the domain is ours, and where short links lead."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bots import campaign_picture, media, report_picture, reward_picture, segment_picture
from loyalty.channels import links
from loyalty.channels.links import Target
from loyalty.db import Database
from loyalty.settings import Settings

LONGEST_CODE = 64


def blueprint(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Blueprint:
    pages = Blueprint("platform_pages", __name__)

    @pages.get("/media/<signed>.png")
    def picture(signed: str) -> Response:
        """The picture an address was signed for; 404 for anything else, or when its time has passed."""
        assert database.keyring is not None
        drawn = media.png(database.keyring, signed, now=clock())
        for kind in (report_picture, campaign_picture, reward_picture, segment_picture):
            if drawn is None and media.opened(database.keyring, signed, kind.PURPOSE, now=clock()) is not None:
                with database.read_only() as session:
                    drawn = kind.png(session, signed, now=clock())
        if drawn is None:
            abort(404)
        return Response(drawn, mimetype="image/png", headers={"Cache-Control": "private, max-age=300"})

    @pages.get("/zalo_verifier<code>.html")
    def prove_domain(code: str) -> Response:
        """Zalo's domain proof: the file named after the code given in its console, with that code in it."""
        if not settings.zalo_verifier or code != settings.zalo_verifier:
            abort(404)
        return Response(f'<meta name="zalo-platform-site-verification" content="{code}">', mimetype="text/html")

    @pages.get("/r/<code>")
    def follow(code: str) -> BaseResponse | str:
        """Where a short link leads: to its address, or into one of the shop's chats; 404 for a link of nobody."""
        with database.read_only() as session:
            target = links.resolve(session, code[:LONGEST_CODE], now=clock())
        if target is None:
            abort(404)
        return redirect(target.url) if target.url else _invite(settings, database, target)

    return pages


def _invite(settings: Settings, database: Database, target: Target) -> BaseResponse | str:
    """Straight into Messenger where that is all there is, for its link tells who sent them; else a page to choose.

    Zalo's link cannot tell: there the friend types the code.
    """
    chats = chat_links(settings, target.ref)
    if target.ref and list(chats) == ["messenger"]:
        return redirect(chats["messenger"])
    assert database.shop is not None
    asked = request.accept_languages.best_match(("vi", "en")) or database.shop.locale
    return render_template("friend.html", shop=database.shop, target=target, chats=chats, locale=asked)


def chat_links(settings: Settings, ref: str) -> dict[str, str]:
    """An address for each channel the shop has, by kind."""
    chats = {}
    if settings.zalo_oa_id:
        chats["zalo"] = f"https://zalo.me/{quote(settings.zalo_oa_id, safe='')}"
    if settings.messenger_page_id:
        page = quote(settings.messenger_page_id, safe="")
        chats["messenger"] = f"https://m.me/{page}" + (f"?ref={quote(ref, safe='')}" if ref else "")
    return chats
