"""A picture on a form: chosen or dropped, sent up at once where the browser can, shown, taken away again."""

from collections.abc import Mapping
from typing import Any

from flask import make_response
from werkzeug.datastructures import FileStorage

from loyalty.console.desk import Desk
from loyalty.console.forms import File, Flag, FormSchema, Text
from loyalty.console.section import Answer, Refusal
from loyalty.pictures import gallery, making
from loyalty.pictures.making import Made, UnfitPicture

REFUSALS: Mapping[str, Refusal] = {
    "picture_unfit": Refusal(
        "Chưa dùng được tệp này. Cần một ảnh JPG hoặc PNG, nhẹ hơn 8 MB, ví dụ ảnh chụp bằng điện thoại.",
        "This file cannot be used. A JPG or PNG below 8 MB is needed, such as a photo of your phone.",
        "picture_file",
    ),
    "picture_not_found": Refusal(
        "Ảnh này không còn nữa. Chọn lại tệp ảnh.", "This picture is gone. Choose the file again.", "picture_file"
    ),
}
CHANGED = "picture-changed"  # the event a page that shows the picture elsewhere waits for


class PictureFields(FormSchema):
    """`picture` names one uploaded before; a file given beside it comes instead, `picture_drop` takes it away."""

    picture = Text(longest=64)
    picture_file = File()
    picture_drop = Flag()


def unpack(desk: Desk, **_named: str) -> Made | UnfitPicture | None:
    """What a form sent as a file, unpacked ahead of the writers' turn: for `ahead` of whatever calls `chosen`."""
    given = desk.form(PictureFields).read() or {}
    try:
        return None if (file := given.get("picture_file")) is None else _made(file)
    except UnfitPicture as unfit:
        return unfit


def chosen(desk: Desk, given: Mapping[str, Any]) -> str:
    """The id of the picture a form asks for, "" for none. Raises UnfitPicture, PictureNotFound."""
    if given.get("picture_file") is not None:
        if isinstance(desk.ahead, UnfitPicture):
            raise desk.ahead
        return gallery.keep(desk.session, desk.ahead, now=desk.now).public_id
    named = given.get("picture")
    return "" if given.get("picture_drop") or not named else gallery.get_public(desk.session, named).public_id


def upload(desk: Desk, to: str, label: str) -> Answer:
    """The field once more, with what was just given it. What is unpacked is unpacked before the writers' turn."""
    form = desk.form(PictureFields)
    given = form.read() or {}
    shown = "" if given.get("picture_drop") else str(given.get("picture") or "")
    try:
        if (file := given.get("picture_file")) is not None:
            made = _made(file)
            with desk.database.transaction() as session:
                shown = gallery.keep(session, made, now=desk.now).public_id
    except UnfitPicture as refused:
        form.refuse_with(refused)
    response = make_response(desk.render("picture.html", form=form, to=to, label=label, shown=shown))
    response.headers["HX-Trigger-After-Swap"] = CHANGED
    return response


def _made(file: FileStorage) -> Made:
    return making.make(file.stream.read(making.MOST_UPLOADED + 1))
