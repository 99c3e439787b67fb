"""The section of wording, a part of the settings; and the sentences that whoever put the application together gave."""

from collections.abc import Callable

from flask import current_app

from loyalty.console.desk import Desk
from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.wording.catalogue import Catalogue
from loyalty.words import Both

section = Section(
    "wording",
    Both("Câu chữ", "Wording"),
    icon="message",
    order=91,
    right=Right.SETTINGS,
    nav=False,
    refusals={
        "sentence_not_found": Refusal("Không có câu này.", "There is no such sentence."),
        "strange_sign": Refusal(
            "Có ký tự không nhìn thấy được. Xóa câu này rồi gõ lại, đừng dán.",
            "It holds signs nobody sees. Clear it and type it instead of pasting.",
        ),
        "title_breaks": Refusal("Chữ trên nút chỉ có một dòng.", "A button has one line."),
        "unknown_place": Refusal(
            "Câu này không có chỗ «{typed}». Dùng được: {allowed}",
            "This sentence has no place “{typed}”. It has: {allowed}",
        ),
        "no_places": Refusal(
            "Câu này không có chỗ nào trong ngoặc, nên không dùng «{typed}».",
            "This sentence has no places in braces, so “{typed}” cannot stand in it.",
        ),
        "place_missing": Refusal(
            "Còn thiếu: {missing}. Câu này phải có, nếu không người đọc mất thông tin cần nhất.",
            "This must stay in the sentence: {missing}. Without it the reader misses what matters.",
        ),
        "wording_too_long": Refusal(
            "Dài quá: khi điền đủ có thể tới {counted} ký tự, nhiều nhất là {longest}.",
            "Too long: with everything filled in it may reach {counted} characters; {longest} is the most.",
        ),
        "title_taken": Refusal(
            "Đã có nút khác tên «{title}». Hai nút cạnh nhau phải khác tên.",
            "Another button is called “{title}” already. Buttons side by side need different names.",
        ),
        "text_change_not_found": Refusal("Không có lần đổi nào như vậy.", "There was no such change."),
        "reworded_since": Refusal(
            "Câu này đã được đổi thêm sau đó, nên không hoàn tác được. Sửa thẳng trong trang Câu chữ nhé.",
            "It was reworded again since, so this cannot be undone. Change it on its page.",
        ),
    },
)
deeds = {
    "wording_changed": Both("đổi câu chữ", "reworded a sentence"),
    "wording_undone": Both("hoàn tác câu chữ", "undid a rewording"),
}
NOTHING = Catalogue()


def catalogue(desk: Desk) -> Catalogue:
    """Every sentence as it is without anybody's rewording, with customers addressed as the shop likes."""
    given: Callable[[str], Catalogue] | None = current_app.extensions.get("loyalty_catalogue")
    return NOTHING if given is None else given(desk.shop.address)
