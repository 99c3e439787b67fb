"""What roles, rights and the places one acts from are called on every page."""

from collections.abc import Mapping

from loyalty.staff.models import Role
from loyalty.staff.permissions import Right
from loyalty.words import Both

ROLES: Mapping[Role, Both] = {
    Role.CASHIER: Both("Thu ngân", "Cashier"),
    Role.MANAGER: Both("Quản lý", "Manager"),
    Role.MARKETER: Both("Tiếp thị", "Marketer"),
    Role.OWNER: Both("Chủ cửa hàng", "Owner"),
}
RIGHTS: Mapping[Right, Both] = {
    Right.FIND: Both("Tìm khách, xem điểm, hạng và lịch sử mua", "Find customers; see points, tier and purchases"),
    Right.AWARD: Both("Tích điểm cho hóa đơn", "Award points for a bill"),
    Right.AWARD_ANY_AMOUNT: Both("Tích cả hóa đơn lớn, không cần duyệt", "Award large bills without approval"),
    Right.PREVIEW: Both("Thử xem một hóa đơn được bao nhiêu điểm", "Try what a bill would give"),
    Right.RETURN: Both("Nhận hàng trả lại", "Take goods back"),
    Right.UNDO_OWN: Both("Hủy dòng mình vừa ghi, trong 24 giờ", "Undo one's own entries within 24 hours"),
    Right.UNDO_ANY: Both("Hủy dòng của mọi người, lúc nào cũng được", "Undo anybody's entries, at any time"),
    Right.REDEEM: Both("Giao quà theo mã của khách", "Hand rewards over by the customer's code"),
    Right.ADJUST: Both("Cộng, trừ điểm bằng tay, có lý do", "Give and take points by hand, with a reason"),
    Right.SET_TIER: Both("Đặt hạng bằng tay", "Set a tier by hand"),
    Right.ADD_CUSTOMER: Both("Thêm khách mới", "Add a customer"),
    Right.LINK: Both("Gắn chat với số điện thoại của khách", "Link a chat to a customer's phone"),
    Right.NOTE: Both("Ghi chú, nhận góp ý của khách", "Write notes, take down feedback"),
    Right.APPROVE: Both("Duyệt hóa đơn lớn và lần điều chỉnh lớn", "Approve large bills and adjustments"),
    Right.REPORT: Both("Xem doanh số và báo cáo", "See sales and reports"),
    Right.EDIT_NAME: Both("Sửa tên khách", "Correct a customer's name"),
    Right.EDIT_CONTACT: Both("Sửa số điện thoại, e-mail của khách", "Correct a customer's phone or e-mail"),
    Right.REVEAL: Both(
        "Xem số điện thoại đầy đủ (mỗi lần đều được ghi lại)", "See whole phone numbers (each look is logged)"
    ),
    Right.CONVERSE: Both("Đọc và trả lời hội thoại", "Read and answer conversations"),
    Right.SEGMENT: Both("Tạo nhóm khách", "Make segments"),
    Right.CAMPAIGN: Both("Soạn và gửi chiến dịch", "Compose and send campaigns"),
    Right.REWARDS: Both("Sửa danh mục quà", "Look after the catalogue of rewards"),
    Right.IMPORT: Both("Nhập bảng tính", "Import spreadsheets"),
    Right.EXPORT: Both("Xuất danh sách khách", "Export customers"),
    Right.AUDIT: Both("Xem nhật ký", "Read the audit log"),
    Right.PROGRAMME: Both("Xem chương trình điểm", "Read the rules of points"),
    Right.CHANNELS: Both("Xem và sửa các kênh Zalo, Messenger", "Look after Zalo and Messenger"),
    Right.STOP_SENDING: Both("Dừng mọi tin gửi đi", "Stop everything outgoing"),
    Right.STAFF: Both("Quản lý nhân viên và cửa hàng", "Manage staff and stores"),
    Right.SETTINGS: Both("Đổi cài đặt của cửa hàng", "Change the shop's settings"),
    Right.KEYS: Both("Tạo khóa API và webhook", "Make API keys and webhooks"),
    Right.PRIVACY: Both("Xem và làm yêu cầu về dữ liệu, xóa khách", "See to data requests, erase customers"),
    Right.WATCH: Both("Xem những lần tích điểm đáng xem lại", "Look at awards worth a second look"),
}
SOURCES: Mapping[str, Both] = {
    "zalo": Both("Zalo", "Zalo"),
    "messenger": Both("Messenger", "Messenger"),
    "api": Both("API", "API"),
    "cli": Both("dòng lệnh", "command line"),
    "console": Both("bảng điều khiển", "console"),
    "demo": Both("dữ liệu mẫu", "demo data"),
}
