"""A small list to try: what such lists look like, with a few of the faults they have."""

from collections.abc import Sequence

from loyalty.exchange.lists import Value

CUSTOMERS: Sequence[Sequence[Value]] = (
    ("Họ tên", "SĐT", "Email", "Ngày tham gia", "Điểm", "Ghi chú"),
    ("Nguyễn Thị Lan Anh", "0903 100 201", "lananh@example.com", "20/11/2024", "1.250", "không đường"),
    ("Trần Quốc Bảo", 903100202, "", "05/03/2025", 320, ""),
    ("Lê Thu Hà", "01223456789", "thuha@example", "", 40, "ngồi góc cửa sổ"),
    ("Phạm Gia Huy", "9,03E+08", "", "", 75, ""),
    ("Nguyễn Thị Lan Anh", "0903100201", "", "", 10, ""),
    ("Đỗ Minh Khôi", "0903100206", "", "31/02/2025", 90, ""),
    ("Hoàng Ng. Mai", "0903100207", "mai@example.com", "12/08/2025", "", "thích latte đá"),
)
