"""What refuses a second person's yes to a campaign or a journey, in words."""

from collections.abc import Mapping

from loyalty.console.section import Refusal

REFUSALS: Mapping[str, Refusal] = {
    "own_campaign": Refusal(
        "Việc này do chính bạn xin gửi, cần người khác duyệt.", "You asked for it: somebody else decides."
    ),
    "changed_since_asked": Refusal(
        "Từ lúc xin gửi, nội dung hoặc nhóm khách đã khác. Rút lại rồi xin lại.",
        "The words or the segment changed after it was asked for. Take it back and ask again.",
    ),
    "campaign_template": Refusal(
        "Nội dung dài hơn ô «{parameter}» ({longest} ký tự) của mẫu tin «{template}». Viết ngắn lại nhé.",
        "The words are longer than “{parameter}” ({longest} characters) of the template “{template}”.",
        "text",
    ),
    "campaign_terms": Refusal("Mục này chưa dùng được: {problem}", "This cannot be used: {problem}", "holdout"),
}
