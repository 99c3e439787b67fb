"""What the platforms fetch besides webhooks: QR pictures and Zalo's proof that the domain is ours."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort

from bots import media
from loyalty.db import Database
from loyalty.settings import Settings


def blueprint(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Blueprint:
    pages = Blueprint("platform_pages", __name__)

    @pages.get("/media/<signed>.png")
    def picture(signed: str) -> Response:
        """The QR code an address was signed for; 404 for anything else, or when its time has passed."""
        assert database.keyring is not None
        drawn = media.png(database.keyring, signed, now=clock())
        if drawn is None:
            abort(404)
        return Response(drawn, mimetype="image/png", headers={"Cache-Control": "private, max-age=300"})

    @pages.get("/zalo_verifier<code>.html")
    def prove_domain(code: str) -> Response:
        """Zalo's domain proof: the file named after the code given in its console, with that code in it."""
        if not settings.zalo_verifier or code != settings.zalo_verifier:
            abort(404)
        return Response(f'<meta name="zalo-platform-site-verification" content="{code}">', mimetype="text/html")

    return pages
