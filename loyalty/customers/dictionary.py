"""The data dictionary: every personal field that is kept, why, who may see it, and for how long.

A test compares it with the tables: a sealed column nobody described here fails.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.staff.permissions import Right
from loyalty.words import Both


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of personal data. `columns` are `table.column`; `right` is what staff need to see it, None: nobody does.

    `sealed`: encrypted, mostly under the person's own key, so that it is unreadable in the file and in backups.
    """

    what: Both
    columns: Sequence[str]
    purpose: Both
    right: Right | None
    until: Both
    sealed: bool = True


WITH_THE_PERSON = Both("đến khi xóa dữ liệu của khách", "until the customer's data is erased")
FOR_GOOD = Both(
    "giữ để sổ điểm khớp; xóa khách thì không còn gắn với ai", "for good, for the ledger; nobody's once erased"
)
KEPT: Sequence[Kept] = (
    Kept(
        Both("Tên", "Name"),
        ("customer.name", "name_token.token"),
        Both("Gọi đúng tên, tìm khách", "To address and to find the customer"),
        Right.FIND,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("Số điện thoại", "Phone"),
        ("customer.phone", "customer.phone_key"),
        Both(
            "Tích điểm tại quầy, nhận ra một người ở nhiều kênh", "To award points and to know a person on any channel"
        ),
        Right.REVEAL,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("E-mail", "E-mail"),
        ("customer.email", "customer.email_key"),
        Both("Nhận ra khách từ web bán hàng", "To know the customer of a web shop"),
        Right.REVEAL,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("Ngày sinh", "Birthday"),
        ("customer.birthday",),
        Both("Tặng điểm sinh nhật, nếu khách cho biết", "For the birthday's points, where the customer tells it"),
        Right.FIND,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("Ngày và tháng sinh, để quy tắc điểm xét", "Day and month of birth, for the rules of points"),
        ("customer_stats.birthday",),
        Both("Biết hôm nay là sinh nhật ai", "To know whose birthday it is"),
        Right.FIND,
        WITH_THE_PERSON,
        sealed=False,
    ),
    Kept(
        Both("Ngôn ngữ, kênh đến lần đầu, đường link đã bấm", "Language, first touch, the link they came by"),
        ("customer.locale", "customer.source", "customer.source_ref"),
        Both(
            "Trả lời đúng tiếng, biết kênh nào mang khách tới",
            "To answer in their language, to know what brings people",
        ),
        Right.FIND,
        WITH_THE_PERSON,
        sealed=False,
    ),
    Kept(
        Both("Tài khoản Zalo, Messenger của khách", "The customer's Zalo and Messenger accounts"),
        ("channel_identity.user_id", "outbound_message.user_id", "inbound_event.sender"),
        Both("Trả lời và báo điểm trong chat", "To answer and to tell of points"),
        None,
        WITH_THE_PERSON,
        sealed=False,
    ),
    Kept(
        Both("Tin nhắn khách viết và cửa hàng gửi", "Messages written and sent"),
        ("activity.body", "inbound_event.body", "outbound_message.body", "phone_call.body", "import_chunk.body"),
        Both("Trả lời, xem lại khi có khiếu nại", "To answer, and to look into complaints"),
        Right.CONVERSE,
        Both(
            "dòng thời gian: đến khi xóa dữ liệu của khách; bản gốc trên đường đi: bỏ ngay khi xong",
            "in the timeline until erased; on its way only until it is worked on",
        ),
    ),
    Kept(
        Both("Ghi chú của nhân viên", "Notes of staff"),
        ("note.words",),
        Both("Phục vụ đúng ý lần sau", "To serve better next time"),
        Right.FIND,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("Nhãn nhân viên gắn", "Tags staff gave"),
        ("customer_tag.tag",),
        Both("Chọn đúng người cho ưu đãi, phục vụ đúng ý", "To choose whom an offer is for, to serve better"),
        Right.FIND,
        WITH_THE_PERSON,
        sealed=False,
    ),
    Kept(
        Both("Ô riêng của cửa hàng, phần riêng tư", "The shop's own fields, the personal ones"),
        ("custom_value.cell",),
        Both("Mỗi ô ghi rõ để làm gì, xem bên dưới", "Each says what it is for, see below"),
        Right.REVEAL,
        Both("số tháng ghi ở mỗi ô, hoặc đến khi xóa khách", "the months each states, or until erased"),
    ),
    Kept(
        Both("Ô riêng của cửa hàng, phần còn lại", "The shop's own fields, the others"),
        ("custom_value.number", "custom_value.word", "custom_value.day"),
        Both("Mỗi ô ghi rõ để làm gì, xem bên dưới", "Each says what it is for, see below"),
        Right.FIND,
        Both("số tháng ghi ở mỗi ô, hoặc đến khi xóa khách", "the months each states, or until erased"),
        sealed=False,
    ),
    Kept(
        Both("Sở thích, từ đơn hàng và khách cho biết", "Interests, from bills and as they told"),
        ("customer_interest.word", "customer_interest.shown"),
        Both(
            "Chọn đúng ưu đãi, phục vụ đúng ý; khách xem và sửa được", "To suit offers and service; theirs to correct"
        ),
        Right.FIND,
        WITH_THE_PERSON,
        sealed=False,
    ),
    Kept(
        Both("Giờ khách hay mua và hay nhắn", "The hour they mostly buy and write at"),
        ("customer_hour.hour", "customer_hour.events"),
        Both("Gửi tin vào giờ hợp với khách", "To write at an hour that suits them"),
        Right.FIND,
        Both("đến khi khách tắt cá nhân hóa hoặc xóa dữ liệu", "until they switch personalisation off or are erased"),
        sealed=False,
    ),
    Kept(
        Both("Lý do đặt hạng bằng tay", "Why a tier was set by hand"),
        ("tier_history.words",),
        Both("Biết vì sao khách ở hạng đó", "To know why somebody is in a tier"),
        Right.FIND,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("Khiếu nại, góp ý và cách giải quyết", "Complaints, feedback and what came of them"),
        ("customer_case.words", "case_step.words"),
        Both("Trả lời và sửa điều chưa đúng", "To answer, and to put things right"),
        Right.CONVERSE,
        WITH_THE_PERSON,
    ),
    Kept(
        Both("Đồng ý và từ chối, kèm lời khách", "Consents and refusals, with their words"),
        ("consent_event.proof", "consent_event.text_version", "channel_identity.promotion", "customer_stats.refused"),
        Both("Bằng chứng là đã hỏi và được phép", "Proof that it was asked and allowed"),
        Right.FIND,
        Both("giữ mãi; lời của khách mất khi xóa dữ liệu", "for good; the words go when the customer is erased"),
    ),
    Kept(
        Both("Yêu cầu về dữ liệu của khách, và vì sao từ chối", "Requests about one's data, and why one was refused"),
        ("privacy_request.words", "privacy_request.reason"),
        Both("Làm đúng hạn, chứng minh là đã làm", "To do it in time, and to prove that it was done"),
        Right.CONVERSE,
        Both("giữ mãi; lời của khách mất khi xóa dữ liệu", "for good; the words go when the customer is erased"),
    ),
    Kept(
        Both("Đơn mua: món, số tiền, giờ, cửa hàng", "Bills: what, how much, when, where"),
        ("purchase.total", "purchase.purchased_at", "purchase_line.name"),
        Both("Tính điểm, xếp hạng, hiểu khách hay mua gì", "To count points and tiers, to know what people buy"),
        Right.FIND,
        FOR_GOOD,
        sealed=False,
    ),
    Kept(
        Both("Sổ điểm", "The ledger of points"),
        ("ledger_entry.points", "lot.remaining"),
        Both("Điểm của khách là của khách: phải đếm lại được", "Points belong to the customer and must add up"),
        Right.FIND,
        FOR_GOOD,
        sealed=False,
    ),
    Kept(
        Both("Mã khách đọc tại quầy", "Codes read out at the counter"),
        ("member_code.code_hash",),
        Both("Nhận ra khách mà không cần số", "To know a customer without the phone"),
        None,
        Both("5 phút", "five minutes"),
        sealed=False,
    ),
    Kept(
        Both("Ghi chú của chủ về một lần tích điểm đáng xem lại", "The owner's notes of awards worth a second look"),
        ("watch_finding.note",),
        Both("Nhớ đã hỏi ai và vì sao", "To remember who was asked, and why it was"),
        Right.WATCH,
        Both("giữ cùng nhật ký", "for good, with the audit"),
    ),
    Kept(
        Both("Yêu cầu xóa dữ liệu đến từ Facebook", "Deletion requests that came through Facebook"),
        ("platform_request.name_there", "platform_request.person"),
        Both("Làm đúng yêu cầu và trả lời được", "To do what was asked, and to be able to say so"),
        Right.CHANNELS,
        Both("giữ mãi, làm bằng chứng đã xử lý", "for good, as proof that it was seen to"),
    ),
    Kept(
        Both("Tên và tài khoản của nhân viên", "Names and accounts of staff"),
        (
            *("staff_member.name", "staff_member.name_key", "staff_identity.user_id", "staff_session.device"),
            *("staff_credential.password", "staff_credential.totp_secret"),
        ),
        Both("Biết ai làm gì, cho vào đúng chỗ", "To know who did what, and to let them in"),
        Right.STAFF,
        Both(
            "giữ tên để nhật ký còn nghĩa; mật khẩu mất khi nghỉ việc",
            "names stay for the audit; passwords end with the job",
        ),
    ),
    Kept(
        Both("Ai đã xem, ai đã sửa", "Who looked, who changed"),
        ("audit_entry.subject", "audit_entry.detail", "export_log.reason"),
        Both("Khách hỏi thì trả lời được; không ai xóa được", "To answer when asked; nobody can delete it"),
        Right.AUDIT,
        Both("giữ mãi, không chứa tên hay số", "for good; holds no name and no number"),
        sealed=False,
    ),
)
NOT_PERSONAL = frozenset(  # sealed or hashed, and about nobody
    {
        *("api_key.key_hash", "audit_entry.chain", "audit_head.chain", "consent_event.chain", "ledger_entry.chain"),
        *("customer_stats.ledger_chain", "customer_stats.consent_chain", "crypto_key.wrapped", "customer_key.wrapped"),
        *("channel_token.access", "channel_token.refresh", "channel_token.previous_refresh"),
        "grant_request.verifier",
        *("idempotency_record.request_hash", "idempotency_record.body", "import_batch.title", "import_batch.digest"),
        *("webhook.url", "webhook.secret", "webhook.old_secret", "webhook_delivery.response", "held_line.line_hash"),
        *("invitation.token_hash", "recovery_code.code_hash", "staff_code.code_hash", "staff_session.token_hash"),
        *("sign_in_try.account", "sign_in_try.address"),
        *("redemption.code", "redemption.code_hash", "voucher_code.code", "voucher_code.code_hash"),
        "picture.content",
    }
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word every page, report and answer uses in the same sense."""

    word: Both
    meaning: Both


MEANINGS: Sequence[Meaning] = (
    Meaning(
        Both("Khách hàng", "Customer"),
        Both("Bất kỳ ai mua hàng hoặc nhắn cho cửa hàng.", "Anybody who buys or writes to the shop."),
    ),
    Meaning(
        Both("Thành viên", "Member"),
        Both("Khách đã cho số để tích điểm.", "A customer who gave a number to collect points."),
    ),
    Meaning(
        Both("Số đơn · đã mua", "Bills · spent"),
        Both("Các đơn chưa bị hủy; số tiền khách trả.", "Bills that stand; what was paid for them."),
    ),
    Meaning(
        Both("Chi tiêu 12 tháng", "Spent in 12 months"),
        Both(
            "Các đơn có ngày mua trong 12 tháng gần nhất, tính đến hôm nay; hạng xét theo số này.",
            "Bills bought within the last 12 months as of today; tiers go by it.",
        ),
    ),
    Meaning(
        Both("Điểm", "Points"),
        Both("Tổng của mọi dòng trong sổ điểm của khách.", "The sum of all rows of the customer's ledger."),
    ),
    Meaning(
        Both("Nhắn được", "Can be reached"),
        Both(
            "Có ít nhất một kênh mà nền tảng chưa báo là không tới.",
            "At least one channel that the platform did not report as unreachable.",
        ),
    ),
    Meaning(
        Both("Nhận ưu đãi", "Agreed to offers"),
        Both(
            "Câu trả lời mới nhất trên ít nhất một kênh là đồng ý.",
            "The newest answer on at least one channel is yes.",
        ),
    ),
    Meaning(
        Both("Khiếu nại chưa xong", "Open complaint"),
        Both(
            "Khiếu nại chưa được đóng; đến lúc đó khách không nhận ưu đãi.",
            "A complaint nobody has closed; until then no offers go to that customer.",
        ),
    ),
    Meaning(
        Both("Hạn trả lời", "Due"),
        Both(
            "Hết ngày làm việc thứ hai (thứ Hai đến thứ Sáu) sau khi nhận, trừ khi đặt ngày khác.",
            "The end of the second working day (Monday to Friday) after it came in, unless another day is set.",
        ),
    ),
)
