"""What is fetched besides webhooks: QR pictures, Zalo's proof that the domain is ours, and where short links lead."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, abort, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from bots import campaign_picture, media, report_picture, reward_picture, segment_picture
from loyalty.channels import doors, links
from loyalty.channels.links import Target
from loyalty.db import Database
from loyalty.pictures import addresses, making
from loyalty.settings import Settings

LONGEST_CODE = 64
FOR_GOOD = "public, max-age=31536000, immutable"


def blueprint(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Blueprint:
    pages = Blueprint("platform_pages", __name__)

    @pages.get("/media/<signed>.png")
    def picture(signed: str) -> Response:
        """The picture an address was signed for; 404 for anything else, or when its time has passed."""
        assert database.keyring is not None
        if addresses.is_of_upload(database.keyring, signed, now=clock()):
            return _uploaded(database, signed, clock())
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
            chats = {} if target is None else chat_links(session, settings, target)
        if target is None:
            abort(404)
        return redirect(target.url) if target.url else _invite(database, target, chats)

    return pages


def _uploaded(database: Database, signed: str, now: datetime) -> Response:
    """A picture the shop uploaded: it never changes, so whoever has it need not ask again. 404 for one that is gone."""
    with database.read_only() as session:
        found = addresses.find(session, signed, now=now)
        if found is None:
            abort(404)
        picture, is_small = found
        content, mime = (making.small(picture.content), "image/jpeg") if is_small else (picture.content, picture.mime)
    response = Response(content, mimetype=mime, headers={"Cache-Control": FOR_GOOD})
    response.set_etag(f"{picture.digest}{'-small' * is_small}")
    response.make_conditional(request)
    return response


def _invite(database: Database, target: Target, chats: Mapping[str, str]) -> BaseResponse | str:
    """Straight into Messenger where that is all there is, for its link tells who sent them; else a page to choose.

    Zalo's link cannot tell: there the friend types the code.
    """
    if target.ref and list(chats) == ["messenger"]:
        return redirect(chats["messenger"])
    assert database.shop is not None
    asked = request.accept_languages.best_match(("vi", "en")) or database.shop.locale
    return render_template("friend.html", shop=database.shop, target=target, chats=chats, locale=asked)


def chat_links(session: Session, settings: Settings, target: Target) -> dict[str, str]:
    """An address for each channel the shop has, by kind: the account the target names, else the one the shop chose."""
    owns, chats = {"zalo": settings.zalo_oa_id, "messenger": settings.messenger_page_id}, {}
    for kind, own in owns.items():
        wanted = target.accounts.get(kind, "")
        is_ours = wanted in doors.open_to(session, kind, own)
        if account := wanted if is_ours else doors.account(session, kind, own):
            chats[kind] = doors.address(kind, account, target.ref)
    return chats
