"""What a visitor of the console sees when an address is wrong or the program fails: a sentence and a way back."""

from typing import Final

from flask import current_app, make_response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from loyalty.console import guard
from loyalty.console.section import Section
from loyalty.db import Database
from loyalty.words import Both

NOWHERE: Final = Section("nowhere", Both("", ""), nav=False)
SENTENCES = {
    404: Both("Không có trang này, hoặc nó đã được dời đi.", "There is no such page, or it has moved."),
    405: Both("Địa chỉ này không mở thẳng được. Quay lại và bấm nút trên trang.", "Go back and use the button."),
    413: Both("Tệp quá lớn: tối đa 10 MB.", "The file is too large: 10 MB at most."),
    500: Both(
        "Có lỗi ở phía chương trình, không phải của bạn. Chưa có gì thay đổi; thử lại sau một phút.",
        "A fault of the program, not yours. Nothing was changed; try again in a minute.",
    ),
}
OTHER = Both("Không làm được việc này ({status}).", "This cannot be done ({status}).")


def is_here() -> bool:
    return request.path.startswith("/console/")


def page(error: HTTPException | None) -> Response:
    """The page of an HTTP error, or of an unforeseen fault."""
    status = (error.code if error is not None else None) or 500
    database: Database = current_app.extensions["loyalty_database"]
    with database.read_only() as session:
        desk = guard.sit(session, NOWHERE)
        text = SENTENCES.get(status, OTHER).in_(desk.locale, status=status)
        return make_response(desk.render("error.html", text=text, status=status, back=None), status)
