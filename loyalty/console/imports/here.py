"""The section of imports: where it stands, what its states, refusals and deeds are called."""

from collections.abc import Mapping

from loyalty.console.section import Refusal, Section
from loyalty.exchange.models import Kind, State
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "imports",
    Both("Nhập và xuất", "Import, export"),
    icon="file-import",
    order=60,
    right=Right.IMPORT,
    refusals={
        "import_not_found": Refusal("Không có lần nhập này.", "There is no such import."),
        "import_state": Refusal(
            "Lần nhập này đã sang bước khác. Mở lại trang để xem.", "This import has moved on. Open the page again."
        ),
        "no_programme": Refusal(
            "Cửa hàng chưa có chương trình tích điểm cho hôm nay.", "The shop has no points programme for today."
        ),
    },
)
deeds = {
    "import_confirmed": Both("cho ghi tệp nhập", "had an import written"),
    "import_cancelled": Both("bỏ tệp nhập", "cancelled an import"),
    "import_done": Both("nhập xong bảng tính", "brought a spreadsheet in"),
    "import_undo_asked": Both("cho hoàn tác tệp nhập", "had an import undone"),
    "import_undone": Both("hoàn tác xong tệp nhập", "undid an import"),
}
KINDS: Mapping[str, Both] = {
    Kind.CUSTOMERS: Both("Khách hàng", "Customers"),
    Kind.BALANCES: Both("Điểm mở đầu", "Opening points"),
}
STATES: Mapping[str, tuple[Both, str]] = {  # and the colour of its chip
    State.RECEIVING: (Both("đang nhận tệp", "receiving"), "sky"),
    State.COLUMNS: (Both("chờ chọn cột", "columns?"), "amber"),
    State.CHECKING: (Both("đang kiểm tra", "checking"), "sky"),
    State.CHECKED: (Both("chờ bạn xác nhận", "waits for you"), "amber"),
    State.WRITING: (Both("đang ghi", "writing"), "sky"),
    State.STOPPED: (Both("đã dừng", "stopped"), "amber"),
    State.DONE: (Both("đã ghi", "written"), "leaf"),
    State.UNDOING: (Both("đang hoàn tác", "undoing"), "sky"),
    State.UNDONE: (Both("đã hoàn tác", "undone"), ""),
    State.CANCELLED: (Both("đã bỏ", "cancelled"), ""),
}
