"""The channels every command is tried on, and the people in the tests."""

import pytest
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from tests.builders_chat import Person, hire, meet


@pytest.fixture(params=["zalo", "messenger"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cashier(session: Session, kind: str) -> Person:
    return hire(session, "cashier", "Thu", kind)


@pytest.fixture
def lan(session: Session, kind: str) -> Person:
    """A member called Lan who typed her phone and was never asked anything else."""
    person = meet(session, kind)
    person.does(InboundKind.FOLLOW, person_name="Lan")
    person.say("0912345678")
    return person


@pytest.fixture
def known_lan(session: Session, kind: str) -> Person:
    """A member called Lan whose phone the platform attested."""
    person = meet(session, kind)
    person.does(InboundKind.CONTACT, phone="0912345678", person_name="Lan")
    return person


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How well the phrases people write are understood."""
    from tests.bots.commands.test_understanding import measure

    total, missed, wrong = measure()
    rate = 100 * (len(missed) + len(wrong)) / total
    terminalreporter.write_line(
        f"understanding: {total} phrases, {len(missed)} missed, {len(wrong)} wrong, error rate {rate:.1f} %"
    )
