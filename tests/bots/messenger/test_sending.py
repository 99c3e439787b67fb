"""The ways a message may go: free, as a person's own words, as a template; with cards; and within Meta's limits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Action, Button, Card, Outbound, Parameter, PlatformTemplate, Route, SendError, Template
from bots.messenger import MessengerChannel, messages, usage
from bots.messenger.usage import Meter
from tests.bots.messenger.conftest import Answer, Graph
from tests.bots.messenger.samples import PAGE, PERSON

OUTBOUND = Outbound(account=PAGE, user=PERSON, text="Quà của bạn:", reference="out:7")
CARDS = [
    Card(f"Quà {n}", f"{n}00 điểm", f"https://a.vn/{n}.png", [Button("Đổi", f"đổi {n}"), Button("Xem", f"xem {n}")])
    for n in range(1, 4)
]
WITH_CARDS = replace(OUTBOUND, cards=CARDS, buttons=[Button("Điểm", "điểm")])
BODY = {"type": "BODY", "text": "Chào {{1}}, bạn có {{2}} điểm. {{1}} ơi!"}
ROW = {
    "name": "points_vi",
    "language": "vi",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Từ {{1}}"},
        BODY,
        {"type": "BUTTONS", "buttons": [{"type": "POSTBACK", "text": "Xem", "payload": "{{1}}"}, {"type": "URL"}]},
    ],
}
FILLED = Template("points_vi", {"header_1": "Mây", "1": "Lan", "2": "120", "button_1": "điểm"})
AS_TEMPLATE = replace(OUTBOUND, route=Route.TEMPLATE_USER, template=FILLED)


@pytest.fixture
def channel(graph: Graph) -> MessengerChannel:
    return MessengerChannel(PAGE, "EAAtoken123", "ref-secret", "verify", api_url=graph.url)


def listed(*rows: Any, **paging: Any) -> Answer:
    return Answer({"data": list(rows), "paging": paging})


def failure(channel: MessengerChannel, outbound: Outbound) -> SendError:
    with pytest.raises(SendError) as caught:
        channel.send(outbound)
    return caught.value


class TestCards:
    def test_they_stand_in_a_row_and_the_words_with_their_buttons_come_last(
        self, graph: Graph, channel: MessengerChannel
    ) -> None:
        assert channel.send(WITH_CARDS) == "m_2"

        row, words = graph.messages
        assert row["attachment"]["payload"]["template_type"] == "generic"
        assert row["attachment"]["payload"]["elements"][0] == {
            "title": "Quà 1",
            "image_url": "https://a.vn/1.png",
            "subtitle": "100 điểm",
            "buttons": [
                {"type": "postback", "title": "Đổi", "payload": "đổi 1"},
                {"type": "postback", "title": "Xem", "payload": "xem 1"},
            ],
        }
        assert "quick_replies" not in row
        assert (words["text"], len(words["quick_replies"])) == ("Quà của bạn:", 1)

    def test_without_words_the_buttons_stand_under_the_cards(self, graph: Graph, channel: MessengerChannel) -> None:
        channel.send(replace(WITH_CARDS, text=""))

        (row,) = graph.messages
        assert row["quick_replies"][0]["title"] == "Điểm"

    @pytest.mark.parametrize("cards", [[replace(CARDS[0], image_url="")], CARDS * 4], ids=["no picture", "eleven"])
    def test_what_cannot_stand_in_a_row_is_listed(self, cards: list[Card]) -> None:
        (words,) = messages.build(replace(WITH_CARDS, cards=cards))

        assert words["text"].splitlines()[:2] == ["Quà của bạn:", "Quà 1 · 100 điểm → đổi 1"]
        assert len(words["text"].splitlines()) == len(cards) + 1
        assert words["quick_replies"]

    def test_a_long_list_goes_over_more_messages_with_the_buttons_on_the_last(self) -> None:
        parts = messages.build(replace(WITH_CARDS, cards=[replace(CARDS[0], subtitle="x" * 150)] * 30))

        assert len(parts) > 1
        assert all(len(part["text"]) <= messages.TEXT_LIMIT for part in parts)
        assert ["quick_replies" in part for part in parts] == [False] * (len(parts) - 1) + [True]

    @pytest.mark.parametrize("text", ["Quà của bạn:", ""])
    def test_cards_meta_refuses_are_listed_in_words(self, graph: Graph, channel: MessengerChannel, text: str) -> None:
        graph.refuses(100)

        channel.send(replace(WITH_CARDS, text=text))

        assert "Quà 1 · 100 điểm → đổi 1" in graph.messages[-1]["text"].splitlines()
        assert len(graph.messages) == 2

    def test_long_titles_are_shortened_and_a_fourth_button_is_left_out(self) -> None:
        card = replace(CARDS[0], title="á" * 90, subtitle="b" * 90, buttons=[Button("x" * 30, "x")] * 5)
        row, _words = messages.build(replace(WITH_CARDS, cards=[card]))

        (element,) = row["attachment"]["payload"]["elements"]
        assert (len(element["title"]), len(element["subtitle"]), len(element["buttons"])) == (80, 80, 3)
        assert all(len(button["title"]) <= 20 for button in element["buttons"])

    @given(st.lists(st.builds(Card, st.text(), st.text(), st.sampled_from(["", "https://a.vn/x.png"])), max_size=12))
    def test_any_cards_make_messages_meta_takes(self, cards: list[Card]) -> None:
        for part in messages.build(replace(OUTBOUND, cards=cards)):
            assert len(part.get("text", "")) <= messages.TEXT_LIMIT
            for element in part.get("attachment", {}).get("payload", {}).get("elements", []):
                assert 0 < len(element["title"]) <= 80


class TestTemplates:
    def test_they_are_told_as_the_platform_lists_them_page_by_page(
        self, graph: Graph, channel: MessengerChannel
    ) -> None:
        graph.will(
            listed(ROW, "damaged", {"name": "x"}, cursors={"after": "c2"}, next="https://graph/next"),
            listed(ROW | {"name": "late", "language": "en_US", "status": "PAUSED", "components": []}),
        )

        first, second = channel.templates()

        assert graph.calls[1].query["after"] == "c2"
        blanks = [("header_1", 1024), ("1", 1024), ("2", 1024), ("button_1", 1000)]
        parameters = [Parameter(name, longest=longest) for name, longest in blanks]
        assert first == PlatformTemplate("points_vi", "points vi", "vi", "enabled", "utility", parameters)
        assert (second.name, second.locale, second.status) == ("late", "en", "disabled")

    @pytest.mark.parametrize(
        ("status", "meant"),
        [
            ("APPROVED", "enabled"),
            ("PENDING", "pending"),
            ("REJECTED", "rejected"),
            ("PAUSED", "disabled"),
            (5, "disabled"),
        ],
    )
    def test_every_state_is_one_of_ours(self, graph: Graph, channel: MessengerChannel, status: Any, meant: str) -> None:
        graph.will(listed(ROW | {"status": status}))

        assert channel.templates()[0].status == meant

    def test_a_filled_one_goes_out_as_utility(self, graph: Graph, channel: MessengerChannel) -> None:
        graph.will(listed(ROW))

        assert channel.send(AS_TEMPLATE) == "m_2"

        sent = graph.calls[1].body
        assert (sent["messaging_type"], sent.get("tag")) == ("UTILITY", None)
        assert sent["message"] == {
            "metadata": "out:7",
            "template": {
                "name": "points_vi",
                "language": {"code": "vi"},
                "components": [
                    {"type": "header", "parameters": [{"type": "text", "text": "Mây"}]},
                    {"type": "body", "parameters": [{"type": "text", "text": "Lan"}, {"type": "text", "text": "120"}]},
                    {"type": "buttons", "parameters": [{"type": "POSTBACK", "payload": "điểm"}]},
                ],
            },
        }

    def test_values_under_other_names_go_by_their_order(self, graph: Graph, channel: MessengerChannel) -> None:
        graph.will(listed(ROW | {"components": [BODY]}))
        channel.send(replace(AS_TEMPLATE, template=Template("points_vi", {"name": "Lan", "points": "120"})))

        (body,) = graph.calls[1].body["message"]["template"]["components"]
        assert [parameter["text"] for parameter in body["parameters"]] == ["Lan", "120"]

    def test_named_blanks_are_named(self, graph: Graph, channel: MessengerChannel) -> None:
        graph.will(listed(ROW | {"components": [{"type": "BODY", "text": "{{name}} có {{points}} điểm"}]}))
        channel.send(replace(AS_TEMPLATE, template=Template("points_vi", {"points": "120", "name": "Lan"})))

        (body,) = graph.calls[1].body["message"]["template"]["components"]
        assert body["parameters"] == [
            {"type": "text", "parameter_name": "name", "text": "Lan"},
            {"type": "text", "parameter_name": "points", "text": "120"},
        ]

    @pytest.mark.parametrize(
        "values",
        [{}, {"1": "Lan"}, {**FILLED.values, "2": ""}, {**FILLED.values, "2": "x" * 1025}, {**FILLED.values, "3": "x"}],
    )
    def test_values_that_do_not_fit_are_refused_before_the_call(
        self, graph: Graph, channel: MessengerChannel, values: dict[str, str]
    ) -> None:
        graph.will(listed(ROW))

        error = failure(channel, replace(AS_TEMPLATE, template=Template("points_vi", values)))

        assert (error.action, error.code, len(graph.calls)) == (Action.CONTENT, "template", 1)

    def test_line_breaks_in_a_value_become_spaces(self, graph: Graph, channel: MessengerChannel) -> None:
        graph.will(listed(ROW | {"components": [{"type": "BODY", "text": "{{1}}"}]}))
        channel.send(replace(AS_TEMPLATE, template=Template("points_vi", {"1": "hai\n\tdòng      xa"})))

        assert graph.calls[1].body["message"]["template"]["components"][0]["parameters"][0]["text"] == "hai dòng xa"

    @pytest.mark.parametrize("row", [ROW | {"status": "REJECTED"}, ROW | {"name": "other"}, ROW | {"language": "en"}])
    def test_one_that_is_not_there_or_not_approved_is_never_sent(
        self, graph: Graph, channel: MessengerChannel, row: dict[str, Any]
    ) -> None:
        graph.will(listed(row), listed(row))

        assert failure(channel, AS_TEMPLATE).action is Action.CONTENT
        assert {call.method for call in graph.calls} == {"GET"}

    def test_the_list_is_asked_for_once(self, graph: Graph, channel: MessengerChannel) -> None:
        graph.will(listed(ROW))
        channel.send(AS_TEMPLATE)
        channel.send(AS_TEMPLATE)

        assert [call.method for call in graph.calls] == ["GET", "POST", "POST"]


class TestRoutes:
    def test_a_persons_own_words_carry_the_tag(self, graph: Graph, channel: MessengerChannel) -> None:
        channel.send(replace(OUTBOUND, route=Route.HUMAN))

        assert (graph.calls[0].body["messaging_type"], graph.calls[0].body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")

    @pytest.mark.parametrize("route", [Route.PACKAGE, Route.TEMPLATE_PHONE])
    def test_ways_messenger_does_not_have_are_refused(
        self, graph: Graph, channel: MessengerChannel, route: Route
    ) -> None:
        assert failure(channel, replace(OUTBOUND, route=route)).action is Action.CONTENT
        assert graph.calls == []

    @pytest.mark.parametrize(("code", "subcode"), [(10, 0), (200, 0), (3, 0), (100, 1893061)])
    def test_a_feature_not_yet_granted_fails_the_message_not_the_channel(
        self, graph: Graph, channel: MessengerChannel, code: int, subcode: int
    ) -> None:
        graph.refuses(code, subcode)
        assert failure(channel, replace(OUTBOUND, route=Route.HUMAN)).action is Action.CONTENT

        graph.refuses(code, subcode)
        assert failure(channel, OUTBOUND).action is Action.STOP

    @pytest.mark.parametrize(("code", "subcode"), [(190, 0), (368, 0), (10, 1893063)])
    def test_what_stops_the_channel_stops_it_on_every_way(
        self, graph: Graph, channel: MessengerChannel, code: int, subcode: int
    ) -> None:
        graph.refuses(code, subcode)

        assert failure(channel, replace(OUTBOUND, route=Route.HUMAN)).action is Action.STOP


def app_usage(percent: Any) -> dict[str, str]:
    return {"X-App-Usage": f'{{"call_count":{percent},"total_cputime":1,"total_time":1}}'}


def business_usage(percent: Any, minutes: Any = 0) -> dict[str, str]:
    told = f'"type":"messenger","call_count":{percent},"estimated_time_to_regain_access":{minutes}'
    return {"X-Business-Use-Case-Usage": f'{{"1":[{{{told}}}]}}'}


class TestUsage:
    @pytest.mark.parametrize(
        ("headers", "answers_wait", "offers_wait"),
        [
            ({}, 0, 0),
            (app_usage(89), 0, 0),
            (app_usage(90), 0, 60),
            (app_usage(100), 60, 60),
            (business_usage(95), 0, 60),
            (business_usage(95, 19), 19 * 60, 19 * 60),
            (business_usage(100, 0), 60, 60),
            (business_usage("1e400"), 0, 0),
            (business_usage('"97"'), 0, 60),
            (app_usage("null"), 0, 0),
            ({"X-App-Usage": "[", "X-Business-Use-Case-Usage": "{}"}, 0, 0),
        ],
    )
    def test_near_a_limit_what_can_wait_waits(
        self, headers: dict[str, str], answers_wait: int, offers_wait: int
    ) -> None:
        meter = Meter(clock=lambda: 1000.0)
        meter.read(headers)

        for is_answer, wait in ((True, answers_wait), (False, offers_wait)):
            if not wait:
                meter.check(is_answer=is_answer)
                continue
            with pytest.raises(SendError) as caught:
                meter.check(is_answer=is_answer)
            assert (caught.value.action, caught.value.retry_after) == (Action.RETRY, timedelta(seconds=wait))

    def test_it_is_over_after_its_time(self) -> None:
        seconds = [0.0]
        meter = Meter(clock=lambda: seconds[0])
        meter.read(business_usage(100, 2))
        seconds[0] = 121.0

        meter.check(is_answer=True)

    @given(st.text(), st.text())
    def test_no_header_is_an_error(self, app: str, business: str) -> None:
        Meter().read({usage.APP: app, usage.BUSINESS: business})

    def test_the_answer_before_slows_the_next_down(self, graph: Graph, channel: MessengerChannel) -> None:
        graph.will(Answer({"message_id": "m_1"}, headers=business_usage(92, 5)))
        channel.send(OUTBOUND)

        error = failure(channel, OUTBOUND)

        assert (error.action, len(graph.calls)) == (Action.RETRY, 1)
        assert error.retry_after is not None
        assert timedelta(minutes=4) < error.retry_after <= timedelta(minutes=5)
