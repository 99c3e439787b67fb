"""Every answer of every customer's command fits both platforms, whatever its language."""

import pytest
from sqlalchemy.orm import Session

from bots.channel import Button, InboundKind, Outbound
from bots.commands import CUSTOMER, registry
from bots.messenger import messages, quick_replies
from bots.texts import text
from bots.zalo import outgoing
from loyalty.customers.consents import SWITCHES
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from tests.builders_chat import Person
from tests.builders_points import award
from tests.builders_rewards import make_reward

WORDS = {"redeem": " 1", "rewards": "", "feedback": " hơi ngọt", "complain": " tính nhầm", "birthday": " 20/11"}


def lines(locale: str) -> list[str]:
    """What a customer may write: every command, and every word the buttons about one's data send."""
    commands = [command for command in registry().values() if command.audience is CUSTOMER]
    said = [f"{command.word(locale)}{WORDS.get(command.key, '')}" for command in commands]
    names = ["copy", "purposes", "why", "correct", *(f"{each}_{way}" for each in SWITCHES for way in ("off", "on"))]
    said += [text(f"privacy_words.{name}", locale) for name in names]
    return [*said, "hmm", "hmm", "hmm", text("privacy_words.erase", locale)]


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_every_answer_fits_zalo_and_messenger(known_lan: Person, session: Session, locale: str) -> None:
    for number in range(6):
        make_reward(session, price=10 + number)
    award(session, known_lan.customer, 4_900_000)
    known_lan.say("đồng ý" if locale == "vi" else "yes")
    for line in lines(locale):
        before = {row.id for row in session.query(OutboundMessage)}
        answer = known_lan.does(InboundKind.MESSAGE, text=line)
        buttons = _buttons(session, before)
        assert len(buttons) <= outgoing.BUTTON_LIMIT, line
        assert all(0 < len(button.title) <= quick_replies.TITLE_LIMIT for button in buttons), line
        message = Outbound("a", "u", answer.text, buttons, "")
        assert messages.build(message) and outgoing.forms(message)


def _buttons(session: Session, before: set[int]) -> list[Button]:
    """The buttons of what was queued since."""
    new = [row for row in session.query(OutboundMessage).order_by(OutboundMessage.id) if row.id not in before]
    return [
        Button(each.title, each.payload, each.contact)
        for row in new
        if row.dedupe_key.startswith("reply:")
        for each in contents.read(session, row).buttons
    ]
