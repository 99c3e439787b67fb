from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Action
from bots.messenger import errors, usage
from bots.messenger.errors import MessengerError

TABLE = {
    Action.RETRY: [
        *["1", "1/99", "2", "1200", "4", "17", "32", "341", "613", "613/2534040", "80001", "80006", "80014"],
        *["10/2018336", "100/2534037", "100/2018300", "2018300", "2018321", "10/2018321"],
    ],
    Action.WINDOW: ["10/2018278", "10/2534022", "10/2018065"],
    Action.PERSON: ["10/2018108", "10/1893015", "100/2018001", "200/1545041", "551", "551/1545041", "10/1545041"],
    Action.CONTENT: [
        *["4/2018354", "9/2018352", "613/1893016", "100/2018008", "100/2018047", "100/2018074", "100/2018109"],
        *["100/2018294", "100", "100/77", "506", "10303", "9000001", "424242", "0", "80015"],
    ],
    Action.STOP: [
        *[
            "2/2018344",
            "613/2018338",
            "10/1893063",
            "10/1404170",
            "10",
            "3",
            "200",
            "200/2018028",
            "200/2018027",
            "230",
        ],
        *["100/33", "100/1893061", "100/2018014", "100/2018164", "368", "2022", "102", "190"],
        *["190/458", "190/459", "190/460", "190/463", "190/464", "190/467", "190/492"],
    ],
}


def refused(name: str, **parts: Any) -> MessengerError:
    code, _, subcode = name.partition("/")
    return MessengerError(int(code), int(subcode or 0), **parts)


@pytest.mark.parametrize(("action", "name"), [(action, name) for action, names in TABLE.items() for name in names])
def test_every_code_of_the_table_asks_for_its_action(action: Action, name: str) -> None:
    error = errors.send_error(refused(name, detail="Sorry", fbtrace_id="Axy"))

    assert (error.action, error.code, error.detail) == (action, name, "Sorry (fbtrace Axy)")


@pytest.mark.parametrize(("name", "wait"), [("613", 1), ("80006", 1), ("2018300", 2), ("2", None), ("10", None)])
def test_limits_and_busy_threads_are_given_time(name: str, wait: int | None) -> None:
    assert errors.send_error(refused(name)).retry_after == (timedelta(minutes=wait) if wait else None)


def test_the_wait_meta_wishes_is_honoured() -> None:
    assert errors.send_error(refused("613", wait=timedelta(minutes=19))).retry_after == timedelta(minutes=19)


@pytest.mark.parametrize(
    ("name", "action"), [("1", "unknown"), ("2", "unknown"), ("0", "unknown"), ("4242", "unknown")]
)
def test_a_vague_refusal_with_5xx_may_have_gone_out(name: str, action: str) -> None:
    assert errors.send_error(refused(name, http_status=500)).action == action


@pytest.mark.parametrize(
    ("name", "action"), [("613", "retry"), ("190", "stop"), ("10/2018278", "window"), ("100", "content")]
)
def test_a_clear_refusal_with_5xx_stays_clear(name: str, action: str) -> None:
    assert errors.send_error(refused(name, http_status=500)).action == action


def test_an_unlisted_code_is_tried_again_only_when_meta_calls_it_transient() -> None:
    assert errors.send_error(refused("4242", is_transient=True)).action is Action.RETRY
    assert errors.send_error(refused("190", is_transient=True)).action is Action.STOP


def test_only_one_error_tells_of_a_message_that_went_out() -> None:
    assert errors.is_sent(refused("1/1357046"))
    assert not errors.is_sent(refused("1"))
    assert not errors.is_sent(refused("2/1357046"))


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ('{"1":[{"type":"messenger","estimated_time_to_regain_access":19}]}', 19),
        ('{"1":[{"estimated_time_to_regain_access":3}],"2":[{},{"estimated_time_to_regain_access":"7"}]}', 7),
        ('{"1":[{"estimated_time_to_regain_access":99999999999999999999}]}', 24 * 60),
        ('{"1":[{"estimated_time_to_regain_access":0}]}', None),
        ('{"1":[{"estimated_time_to_regain_access":-4}]}', None),
        ('{"1":[{"estimated_time_to_regain_access":true}]}', None),
        ('{"1":{"estimated_time_to_regain_access":5}}', None),
        ('{"1":[5]}', None),
        ("[]", None),
        ("{", None),
        ("[" * 50_000, None),
        ("\udc80", None),
        ("", None),
    ],
)
def test_the_usage_header_is_read_without_trust(header: str, minutes: int | None) -> None:
    wished = usage.wait_wished({"X-Business-Use-Case-Usage": header})

    assert wished == (timedelta(minutes=minutes) if minutes else None)


@given(
    st.dictionaries(
        st.sampled_from(["code", "error_subcode", "message", "fbtrace_id", "is_transient"]), st.from_type(object)
    )
)
def test_a_damaged_error_object_is_still_an_error(error: dict[str, Any]) -> None:
    found = errors.send_error(MessengerError.from_answer(error, 400, {}))

    assert found.action in Action
    assert len(found.detail) < 400
