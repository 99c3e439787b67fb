"""The section of rewards: where it stands, and what is done there."""

from loyalty.console import reward_words
from loyalty.console.section import Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "rewards", Both("Quà", "Rewards"), icon="gift", order=45, right=Right.REWARDS, refusals=reward_words.REFUSALS
)
deeds = {
    "reward_made": Both("thêm quà", "made a reward"),
    "reward_changed": Both("sửa quà", "changed a reward"),
    "picture_kept": Both("tải ảnh lên", "uploaded a picture"),
    "reward_archived": Both("cất quà", "put a reward away"),
    "reward_restored": Both("bày lại quà", "brought a reward back"),
    "reward_codes_added": Both("thêm mã riêng cho quà", "added codes to a reward"),
    "redemption_requested": Both("đổi quà cho khách", "redeemed for a customer"),
    "redemption_fulfilled": Both("giao quà", "handed a reward over"),
    "redemption_cancelled": Both("hủy lần đổi quà", "took a redemption back"),
    "reward_code_missed": Both("gõ sai mã quà", "tried a wrong reward code"),
}
