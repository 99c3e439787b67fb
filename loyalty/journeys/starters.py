"""Journeys to begin from: drafts that only need their words looked at."""

from dataclasses import dataclass
from typing import Any

from loyalty.words import Both


@dataclass(frozen=True, slots=True)
class Starter:
    """`code` is stable; `why` says what it is good for; texts are in the steps, in the language asked for."""

    code: str
    icon: str
    name: Both
    why: Both
    trigger: dict[str, Any]
    steps: tuple[dict[str, Any] | Both, ...]  # a sentence stands for a step that sends it
    again: str | int = "never"
    leave_when_bought: bool = False

    def plan(self, locale: str) -> dict[str, Any]:
        """A plan as `plans.parse` reads it."""
        steps = [{"do": "send", "text": each.in_(locale)} if isinstance(each, Both) else each for each in self.steps]
        return {
            "trigger": self.trigger,
            "steps": steps,
            "again": self.again,
            "leave_when_bought": self.leave_when_bought,
        }


def _wait(days: int, at: str = "10:00") -> dict[str, Any]:
    return {"do": "wait", "days": days, "at": at}


STARTERS = (
    Starter(
        "welcome",
        "heart-handshake",
        Both("Chào khách mới", "Welcome"),
        Both(
            "Cảm ơn ngay khi khách đồng ý nhận tin, rồi mời ghé lần đầu nếu ba ngày sau chưa mua.",
            "Thanks as soon as somebody agrees to offers, and an invitation if they have not bought three days later.",
        ),
        {"kind": "welcome", "on": "consent"},
        (
            Both(
                'Cảm ơn {{{{ name | "bạn" }}}} đã đồng ý nhận tin. Mỗi hóa đơn đều được cộng điểm, đủ điểm là đổi quà.',
                'Thank you, {{{{ name | "friend" }}}}. Every bill earns points, and points become rewards.',
            ),
            _wait(3),
            {"do": "branch", "if": "bought", "then": "stop", "else": "on"},
            Both(
                '{{{{ name | "Bạn" }}}} ơi, tuần này ghé quán nhé: lần đầu luôn có một món nhỏ dành cho bạn.',
                '{{{{ name | "Friend" }}}}, come by this week: the first visit comes with something small on us.',
            ),
        ),
    ),
    Starter(
        "birthday",
        "cake",
        Both("Quà sinh nhật", "Birthday gift"),
        Both(
            "Nhắn trước sinh nhật ba ngày, và chúc mừng đúng ngày nếu khách chưa ghé.",
            "Three days before, and on the day itself for whoever has not come by.",
        ),
        {"kind": "birthday", "days_before": 3},
        (
            Both(
                'Sắp đến sinh nhật {{{{ name | "bạn" }}}} rồi. Trong tuần này, cửa hàng có quà chờ bạn ghé lấy.',
                '{{{{ name | "Friend" }}}}, your birthday is near. A gift waits for you at the shop this week.',
            ),
            _wait(3),
            {"do": "branch", "if": "bought", "then": "stop", "else": "on"},
            Both(
                'Chúc mừng sinh nhật {{{{ name | "bạn" }}}}! Quà của bạn vẫn ở đây, ghé lúc nào cũng được nhé.',
                'Happy birthday, {{{{ name | "friend" }}}}! Your gift is still here, whenever you come by.',
            ),
        ),
        again="yearly",
    ),
    Starter(
        "away",
        "mood-sad",
        Both("Lâu rồi chưa gặp", "Win back"),
        Both(
            "Khách vắng gấp đôi nhịp mua thường ngày của chính họ: một lời mời, và một lời nữa sau mười ngày.",
            "Away for twice the usual gap of their own: an invitation, and another one ten days later.",
        ),
        {"kind": "away", "times": 2},
        (
            Both(
                'Lâu rồi chưa gặp {{{{ name | "bạn" }}}}. Ghé lại trong tuần này, mời bạn thêm một món ngọt.',
                'We have missed you, {{{{ name | "friend" }}}}. Come by this week: a sweet is on us.',
            ),
            _wait(10),
            Both(
                '{{{{ name | "Bạn" }}}} ơi, lời mời vẫn còn. Lần trước có gì chưa ổn, bạn nhắn cho cửa hàng nhé.',
                '{{{{ name | "Friend" }}}}, the invitation stands. If anything was not right, please tell us.',
            ),
        ),
        again=90,
        leave_when_bought=True,
    ),
    Starter(
        "tier",
        "star",
        Both("Sắp mất hạng", "Tier about to fall"),
        Both(
            "Hai tuần trước ngày xuống hạng, để khách còn kịp giữ.",
            "Two weeks before a tier is lost, while there is still time to keep it.",
        ),
        {"kind": "tier_falling", "days": 14},
        (
            Both(
                '{{{{ name | "Bạn" }}}} ơi, còn một chút nữa là giữ được hạng. Nhắn ĐIỂM để xem còn thiếu bao nhiêu.',
                '{{{{ name | "Friend" }}}}, you are close to keeping your tier. Write POINTS to see what is missing.',
            ),
        ),
        again=60,
        leave_when_bought=True,
    ),
    Starter(
        "points",
        "hourglass",
        Both("Điểm sắp hết hạn", "Points about to end"),
        Both(
            "Bảy ngày trước khi điểm hết hạn, kèm gợi ý đổi quà.",
            "Seven days before points end, with the rewards they could become.",
        ),
        {"kind": "points_expiring", "days": 7, "least": 20},
        (
            Both(
                'Điểm của {{{{ name | "bạn" }}}} sắp hết hạn trong tuần này. Nhắn QUÀ để xem đổi được món gì.',
                '{{{{ name | "Friend" }}}}, some of your points end this week. Write REWARDS to see what they buy.',
            ),
        ),
        again=30,
    ),
)


def find(code: str) -> Starter | None:
    return next((starter for starter in STARTERS if starter.code == code), None)
