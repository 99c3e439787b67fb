"""Files of the look, named with a part of their hash: browsers keep them for good, and see an upgrade at once."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

FOREVER = "public, max-age=31536000, immutable"
FOLDER = Path(__file__).parent / "static"
A_DAY = 24 * 3600


def register(app: Flask) -> None:
    """Let `url_for("static", …)` name the version, and browsers keep what was asked for by version, and fonts."""
    app.url_defaults(_name_version)
    app.after_request(_keep)
    app.add_url_rule("/favicon.ico", view_func=favicon)


def favicon() -> Response:
    """The mark, for what cannot name it: a picture or a file opened by itself."""
    return send_from_directory(FOLDER, "console/mark.svg", max_age=A_DAY)


def _name_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "v" not in values:
        values["v"] = version(str(values["filename"]))


@lru_cache(maxsize=512)
def version(filename: str) -> str | None:
    """Eight characters that change with the file; None when there is none."""
    path = FOLDER / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else None


def _keep(response: Response) -> Response:
    is_versioned = "v" in request.args or request.path.endswith(".woff2")
    if request.endpoint == "static" and response.status_code == 200 and is_versioned:
        response.headers["Cache-Control"] = FOREVER
    return response
