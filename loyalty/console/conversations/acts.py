"""Answering, taking a conversation over, giving it back to the bot."""

from typing import Any

from flask import make_response, url_for
from werkzeug.wrappers import Response

from loyalty.console.conversations.here import section
from loyalty.console.conversations.pages import Reply, show_composer, show_thread
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Flag, Form, FormSchema
from loyalty.console.section import Answer
from loyalty.messaging import conversations
from loyalty.messaging.models import Conversation
from loyalty.staff.permissions import Right

SAID = "said"  # the event an open page looks for news after


class Taking(FormSchema):
    over = Flag()  # also when a colleague has it


@section.post("/conversations/<public_id>/messages", right=Right.CONVERSE)
def answer(desk: Desk, public_id: str) -> Answer:
    """Send what was typed; whoever answers has the conversation. The same form twice sends once."""
    form = desk.form(Reply)

    def send(given: dict[str, Any]) -> Conversation:
        text = given["text"]
        return conversations.answer(desk.session, public_id, text, by=desk.author, key=desk.key, now=desk.now)

    if not form.carry_out(send):
        return _again(desk, conversations.get_public(desk.session, public_id), form), 422
    thread: Conversation = form.result
    composer = show_composer(desk, thread) if desk.is_partial else ""
    desk.note("conversation_answered", conversations.subject(thread))
    return make_response(composer, 200, {"HX-Trigger": SAID}) if desk.is_partial else desk.go(_here(thread))


@section.post("/conversations/<public_id>/take", right=Right.CONVERSE)
def take(desk: Desk, public_id: str) -> Response:
    """Answer there from now on; also in place of the colleague the page named."""
    over = bool((desk.form(Taking).read() or {}).get("over"))
    thread = conversations.take(desk.session, public_id, by=desk.author, over=over, now=desk.now)
    undo = Undo(url_for("console.conversations.hand_back", public_id=public_id), desk.t("Trả lại cho bot", "Give back"))
    desk.note("conversation_taken", conversations.subject(thread))
    said = desk.t("Bạn đang trả lời khách này, bot im lặng.", "You answer this customer now; the bot keeps quiet.")
    return desk.done(said, to=_here(thread), undo=undo)


@section.post("/conversations/<public_id>/hand_back", right=Right.CONVERSE)
def hand_back(desk: Desk, public_id: str) -> Response:
    """The bot answers again."""
    thread = conversations.hand_back(desk.session, public_id, by=desk.author, now=desk.now)
    undo = Undo(url_for("console.conversations.take", public_id=public_id), desk.t("Nhận lại", "Take it again"))
    desk.note("conversation_returned", conversations.subject(thread))
    said = desk.t("Bot trả lời khách này tiếp.", "The bot answers this customer again.")
    return desk.done(said, to=_here(thread), undo=undo)


def _again(desk: Desk, thread: Conversation, form: Form) -> str:
    return show_composer(desk, thread, form) if desk.is_partial else show_thread(desk, thread, form)


def _here(thread: Conversation) -> str:
    return url_for("console.conversations.show", public_id=thread.public_id)
