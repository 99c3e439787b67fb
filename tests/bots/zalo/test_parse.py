import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Inbound, InboundKind
from bots.strict_json import clean
from bots.zalo.parse import EPOCH, parse
from tests.bots.zalo import samples
from tests.bots.zalo.samples import OA, USER, Body, flat, from_person, to_person, zns_delivery

WRECKS: list[Any] = [None, True, 0, -1, 1.5, "", "\0", "\ud800", "x" * 9000, [], {}, [{}], {"id": {}}, 10**60]
ODD_TIMES: list[Any] = [
    "",
    "soon",
    "1790000000",
    "-1790000000123",
    "17900000001234",
    "１７９００００００１２３４",
    1.5,
    None,
    True,
    [],
]
AT = datetime(2026, 9, 21, 14, 13, 20, 123_000, UTC)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


NAMELESS = (InboundKind.ANSWER, InboundKind.TEMPLATE, InboundKind.REVOKED)


def only(body: Body) -> Inbound:
    (event,) = parse(body)
    return event


def test_a_text() -> None:
    assert only(samples.TEXT) == Inbound(
        event_id="msg:aa00bb11cc22dd33ee44",
        account=OA,
        user=USER,
        kind=InboundKind.MESSAGE,
        at=AT,
        name="user_send_text",
        text="Đổi quà 🎁",
        message_id="aa00bb11cc22dd33ee44",
        interaction=True,
        raw=samples.TEXT,
    )


@pytest.mark.parametrize("body", samples.MEDIA, ids=lambda body: str(body["event_name"]))
def test_media_are_interactions_without_words_to_understand(body: Body) -> None:
    event = only(body)
    assert (event.kind, event.user, event.account) == (InboundKind.MEDIA, USER, OA)
    assert event.interaction
    assert event.event_id == "msg:" + body["message"]["msg_id"]
    assert event.text == body["message"].get("text", "")


def test_a_shared_business_card_proves_no_phone() -> None:
    for body in (samples.BUSINESS_CARD, samples.MEDIA[3]):
        event = only(body)
        assert (event.kind, event.phone, event.person_name) == (InboundKind.MEDIA, "", "")


@pytest.mark.parametrize(
    ("body", "kind", "interaction"),
    [(samples.FOLLOW, InboundKind.FOLLOW, True), (samples.UNFOLLOW, InboundKind.UNFOLLOW, False)],
)
def test_following_names_the_person_elsewhere(body: Body, kind: InboundKind, interaction: bool) -> None:
    event = only(body)
    assert (event.kind, event.account, event.user, event.interaction) == (kind, OA, USER, interaction)
    assert event.event_id == f"{kind.value}:{USER}:1790000000123"


@pytest.mark.parametrize("body", [samples.CHATNOW, samples.USER_CALL])
def test_tapping_the_chat_or_the_call_button_opens_the_window(body: Body) -> None:
    event = only(body)
    assert (event.kind, event.account, event.user, event.interaction) == (InboundKind.OTHER, OA, USER, True)


@pytest.mark.parametrize("body", [samples.INFO, samples.OLD_INFO])
def test_both_layouts_of_the_shared_contact(body: Body) -> None:
    event = only(body)
    assert (event.kind, event.phone, event.person_name) == (InboundKind.CONTACT, "84912345670", "Nguyễn Thị Lan")
    assert (event.account, event.user, event.interaction) == (OA, USER, True)


@pytest.mark.parametrize(
    ("info", "kind", "phone", "name"),
    [
        ({"phone": 84912345670}, InboundKind.CONTACT, "84912345670", ""),
        ({"phone": " 0912 345 670 ", "name": " Lan "}, InboundKind.CONTACT, "0912 345 670", "Lan"),
        ({"name": "Lan"}, InboundKind.OTHER, "", "Lan"),
        ({"name": 5, "phone": True}, InboundKind.OTHER, "", ""),
        ({"phone": ["84912345670"]}, InboundKind.OTHER, "", ""),
        ({"phone": 84912345670.5}, InboundKind.OTHER, "", ""),
        ({"phone": "9" * 500}, InboundKind.CONTACT, "9" * 32, ""),
        (None, InboundKind.OTHER, "", ""),
        ([], InboundKind.OTHER, "", ""),
    ],
)
def test_a_shared_contact_may_lack_fields_or_hold_numbers(info: Any, kind: InboundKind, phone: str, name: str) -> None:
    event = only(from_person("user_submit_info", info=info))
    assert (event.kind, event.phone, event.person_name, event.interaction) == (kind, phone, name, True)


def test_a_reaction_names_its_message_and_is_no_interaction() -> None:
    event = only(samples.REACTION)
    assert (event.kind, event.user, event.message_id, event.text) == (InboundKind.REACTION, USER, "m7", "/-heart")
    assert not event.interaction
    other_icon = copy.deepcopy(samples.REACTION)
    other_icon["message"]["react_icon"] = ":>"
    assert only(other_icon).event_id != event.event_id


def test_receipts_name_the_person_as_recipient() -> None:
    received, seen = only(samples.RECEIVED), only(samples.SEEN)
    assert (received.kind, received.account, received.user) == (InboundKind.DELIVERED, OA, USER)
    assert (received.message_ids, received.event_id) == (("m8",), "received:m8")
    assert (seen.kind, seen.account, seen.user) == (InboundKind.SEEN, OA, USER)
    assert (seen.message_ids, seen.event_id) == (("m8", "m9"), "seen:m8:m9")
    assert not received.interaction
    assert not seen.interaction


@pytest.mark.parametrize("recipient", ["84912345670", "a" * 64])
def test_a_template_delivered_by_phone_names_nobody(recipient: str) -> None:
    event = only(zns_delivery(recipient))
    assert (event.kind, event.account, event.user) == (InboundKind.DELIVERED, OA, "")
    assert (event.message_ids, event.phone) == (("zns-1",), "")
    assert event.at == datetime(2026, 9, 21, 14, 13, 25, tzinfo=UTC)
    bare = to_person("user_received_message", {"msg_id": "zns-1"}, recipient=recipient)
    assert (only(bare).user, only(bare).at) == ("", AT)


def test_an_echo_with_an_administrator_is_a_human_answer() -> None:
    event = only(samples.HUMAN)
    assert (event.kind, event.user, event.account) == (InboundKind.HUMAN, USER, OA)
    assert (event.text, event.message_id) == ("Chào chị, em Hoa đây ạ", "e2")
    assert not event.interaction


@pytest.mark.parametrize("body", samples.ECHOES, ids=lambda body: str(body["event_name"]))
def test_an_echo_without_an_administrator_is_our_own(body: Body) -> None:
    event = only(body)
    assert (event.kind, event.user, event.message_id) == (InboundKind.OTHER, USER, body["message"]["msg_id"])


@pytest.mark.parametrize("body", samples.OTHERS, ids=lambda body: str(body["event_name"]))
def test_everything_else_is_other_and_belongs_to_the_account(body: Body) -> None:
    event = only(body)
    assert (event.kind, event.account, event.name) == (InboundKind.OTHER, OA, body["event_name"])
    assert event.interaction == (body in (samples.CHATNOW, samples.USER_CALL))


def test_a_tag_is_one_event_for_each_person_and_each_reads_again_as_itself() -> None:
    found = [event for body in samples.TAGGED for event in parse(body)]
    assert [(event.kind, event.user, event.text, event.ref) for event in found] == [
        (InboundKind.TAGGED, USER, "VIP", "add"),
        (InboundKind.TAGGED, USER, "VIP", "remove"),
        (InboundKind.TAGGED, "5123456789012345679", "VIP", "remove"),
    ]
    assert len({event.event_id for event in found}) == 3
    assert [parse(event.raw) for event in found] == [[event] for event in found]


@pytest.mark.parametrize(
    ("name", "user"),
    [("user_reply_consent", USER), ("widget_interaction_accepted", USER), ("add_user_to_tag", "")],
)
def test_who_an_event_is_about(name: str, user: str) -> None:
    assert {only(body).user for body in samples.OTHERS if body["event_name"] == name} == {user}


def test_a_withdrawal_names_its_person_and_is_no_interaction() -> None:
    event = only(samples.WITHDRAW)
    assert (event.kind, event.user, event.interaction) == (InboundKind.WITHDRAWAL, USER, False)
    assert event.event_id == f"user_withdraw:{USER}:1790000000123"


@pytest.mark.parametrize("more", [{}, {"user_id": USER}, {"oa": {"x": 1}}])
def test_a_revoked_permission_names_only_the_oa(more: Body) -> None:
    event = only(samples.REVOKED | more)
    assert (event.kind, event.account, event.user) == (InboundKind.REVOKED, OA, "")


def test_an_answer_names_our_message_by_both_ids() -> None:
    rated, tapped = only(samples.FEEDBACK), only(samples.TAPPED)
    assert (rated.kind, rated.message_ids, rated.reference) == (InboundKind.ANSWER, ("zns-1",), "order-1001-paid")
    assert (rated.text, rated.facts) == ("nhanh; sạch; Hơi lâu", {"rate": "5"})
    assert (tapped.kind, tapped.message_ids, tapped.reference) == (InboundKind.ANSWER, ("zns-2",), "t")
    assert (tapped.text, tapped.facts) == ("Có", {})


@pytest.mark.parametrize(
    ("body", "what", "template", "before", "now"),
    [
        (samples.TEMPLATE_NEWS[0], "status", "250001", "ENABLE", "DISABLE"),
        (samples.TEMPLATE_NEWS[1], "quality", "250001", "HIGH", "LOW"),
        (samples.TEMPLATE_NEWS[2], "quota", "250001", "500", "200"),
        (samples.TEMPLATE_NEWS[3], "quota", "", "5000", "2000"),
    ],
)
def test_news_of_templates(body: Body, what: str, template: str, before: str, now: str) -> None:
    event = only(body)
    assert (event.kind, event.account, event.user) == (InboundKind.TEMPLATE, OA, "")
    facts = event.facts
    assert (facts["what"], facts.get("template", ""), facts["before"], facts["now"]) == (what, template, before, now)
    assert facts.get("reason", "") == body.get("reason", "")


def test_a_template_delivered_by_phone_hands_our_own_name_back() -> None:
    assert only(samples.ZNS_DELIVERY).reference == "order-1001-paid"


def test_the_consoles_test_button_is_nobodys_message() -> None:
    event = only(samples.TEST_BUTTON)
    assert (event.kind, event.interaction) == (InboundKind.OTHER, False)


def test_every_event_has_an_id_of_its_own_and_keeps_it() -> None:
    ids = [only(body).event_id for body in samples.ALL]
    contacts = {only(samples.INFO).event_id}  # both layouts of one moment
    assert len(set(ids)) == len(ids) - len(contacts)
    assert [only(json.loads(json.dumps(body, sort_keys=True))).event_id for body in samples.ALL] == ids


def test_an_event_read_again_from_its_raw_is_the_same() -> None:
    for body in samples.ALL:
        event = only(body)
        assert only(dict(event.raw)) == event


@pytest.mark.parametrize("body", samples.ALL, ids=lambda body: str(body["event_name"]))
def test_whatever_is_damaged_is_other_or_still_whole(body: Body) -> None:
    for path in _paths(body):
        for wreck in WRECKS:
            event = only(_replaced(body, path, wreck))
            _assert_storable(event)
            if event.kind is not InboundKind.OTHER:
                assert event.account
                assert event.user or event.kind in (InboundKind.DELIVERED, *NAMELESS)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"event_name": None},
        flat("user_send_text"),
        from_person("user_send_text"),
        from_person("user_send_text", {"text": "", "msg_id": "a"}),
        from_person("user_send_text", {"text": "\0", "msg_id": "a"}),
        from_person("user_send_text", {"text": 5, "msg_id": "a"}),
        from_person("user_send_text", {"text": "a", "msg_id": "a"}, sender={"id": ""}),
        from_person("user_send_text", {"text": "a", "msg_id": "a"}, recipient="OA"),
        flat("follow", follower={"id": ["1"]}),
        to_person("user_seen_message", {"msg_ids": []}),
        to_person("user_received_message", {"msg_id": ""}),
        to_person("oa_send_text", {"text": "a", "msg_id": "a"}, admin_id="7", recipient=""),
    ],
)
def test_without_what_matters_an_event_is_other_under_its_digest(body: Body) -> None:
    event = only(body)
    assert event.kind is InboundKind.OTHER
    assert event.event_id.startswith("other:")
    assert len(event.event_id) == len("other:") + 64
    assert not event.interaction


def test_a_text_without_a_message_id_is_kept_under_its_digest() -> None:
    first = only(from_person("user_send_text", {"text": "điểm"}))
    later = only(from_person("user_send_text", {"text": "điểm"}, timestamp="1790000000124"))
    assert (first.kind, first.text) == (InboundKind.MESSAGE, "điểm")
    assert first.event_id != later.event_id


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("1790000000123", AT),
        (1790000000123, AT),
        ("154390853474", datetime(1974, 11, 22, 22, 20, 53, 474_000, UTC)),
        *((odd, EPOCH) for odd in ODD_TIMES),
    ],
)
def test_the_time_is_read_from_milliseconds_or_is_the_epoch(written: Any, at: datetime) -> None:
    assert only(samples.TEXT | {"timestamp": written}).at == at


def test_texts_are_composed_clean_and_short() -> None:
    decomposed = "Đổi quà"
    assert only(from_person("user_send_text", {"text": decomposed + "\0\ud800", "msg_id": "a"})).text == "Đổi quà\ufffd"
    assert only(from_person("user_send_text", {"text": "a" * 5000, "msg_id": "a"})).text == "a" * 4000


def test_ids_may_be_numbers_and_keep_all_digits() -> None:
    event = only(samples.TEXT | {"sender": {"id": int(USER)}, "recipient": {"id": int(OA)}})
    assert (event.user, event.account) == (USER, OA)


def test_ids_that_could_be_read_in_two_ways_do_not_collide() -> None:
    one = only(to_person("user_seen_message", {"msg_ids": ["a", "b:c"]}))
    two = only(to_person("user_seen_message", {"msg_ids": ["a:b", "c"]}))
    assert one.event_id != two.event_id
    many = only(to_person("user_seen_message", {"msg_ids": [f"m{n}" for n in range(500)]}))
    assert len(many.event_id) <= 200
    assert len(many.message_ids) == 500


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=6))
def test_no_object_breaks_it(body: dict[str, Any]) -> None:
    _assert_storable(only(body))


@given(st.data())
def test_no_mutation_of_a_real_body_breaks_it(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(samples.ALL))
    for _ in range(data.draw(st.integers(1, 3))):
        body = _replaced(body, data.draw(st.sampled_from(_paths(body))), data.draw(JSON))
        if not body:
            break
    _assert_storable(only(body))


def _assert_storable(event: Inbound) -> None:
    assert 0 < len(event.event_id) <= 200
    assert event.event_id.isascii()
    assert event.event_id.isprintable()
    assert event.at.tzinfo is UTC
    for text in (event.name, event.text, event.person_name, event.phone, event.user, event.account, event.message_id):
        assert text == clean(text)
        assert len(text) <= 4000


def _paths(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value of a body is, the objects themselves included."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [found for key, value in inner for found in [(*path, key), *_paths(value, (*path, key))]] or [path] * (
        not path
    )


def _replaced(body: Body, path: tuple[Any, ...], value: Any) -> Body:
    changed = copy.deepcopy(body)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if path:
        place[path[-1]] = value
    return changed
