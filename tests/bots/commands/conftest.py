"""The channels every command is tried on."""

import pytest


@pytest.fixture(params=["zalo", "messenger"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How well the phrases people write are understood."""
    from tests.bots.commands.test_understanding import measure

    total, missed, wrong = measure()
    rate = 100 * (len(missed) + len(wrong)) / total
    terminalreporter.write_line(
        f"understanding: {total} phrases, {len(missed)} missed, {len(wrong)} wrong, error rate {rate:.1f} %"
    )
