"""A variable that looks like a setting and is none is named, with the one that was meant; nothing is refused for it."""

import pytest
from structlog.testing import capture_logs

from loyalty import settings
from loyalty.installation import misspelt


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("QUITE_HOURS", "QUIET_HOURS"),
        ("ZALO_APPID", "ZALO_APP_ID"),
        ("DATA_KEY_FILE", "DATA_KEYS_FILE"),
        ("SHOP_NAME_FILE", "SHOP_NAME"),  # no secret: its file is not read
        ("COLOUR_OF_THE_DOOR", None),
    ],
)
def test_the_nearest_setting_is_named(name: str, nearest: str | None) -> None:
    found = misspelt.find({f"LOYALTY_{name}": "a", "LOYALTY_LOCALE": "vi", "LOYALTY_DATA_KEYS_FILE": "b", "HOME": "c"})
    assert found == {f"LOYALTY_{name}": nearest and f"LOYALTY_{nearest}"}


def test_a_start_says_it_once_and_never_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "environment", lambda: {"LOYALTY_SECRT_KEY": "hush hush"})
    for parent, told in (("", 1), ("7", 0)):
        with capture_logs() as lines, monkeypatch.context() as started:
            if parent:
                started.setenv(misspelt.PARENT, parent)
            misspelt.tell()
        assert len(lines) == told and "hush" not in str(lines)
        assert all(line["nearest"] == "LOYALTY_SECRET_KEY" for line in lines)
