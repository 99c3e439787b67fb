"""Carrying a request out, refusing it, erasing a customer who asked at the counter, switching a purpose off."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from loyalty.console.customers.consenting import SAID_AT_COUNTER
from loyalty.console.desk import Desk
from loyalty.console.forms import FormSchema, Text
from loyalty.console.privacy.here import section
from loyalty.console.privacy.pages import erasing_page, page
from loyalty.console.section import Answer
from loyalty.customers import consents, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.models import Customer
from loyalty.messaging import notices
from loyalty.messaging.contents import MessageButton
from loyalty.privacy import requests
from loyalty.privacy.models import PrivacyRequest
from loyalty.privacy.requests import Asking, Wish
from loyalty.staff.permissions import Right
from loyalty.words import Both

REFUSED = Both(
    "{shop} chưa làm được yêu cầu của bạn về dữ liệu: {reason}",
    "{shop} could not do what you asked about your data: {reason}",
)
DONE = Both("{shop} đã làm xong yêu cầu sửa dữ liệu của bạn.", "{shop} has made the correction you asked for.")


class Reason(FormSchema):
    reason = Text(longest=requests.LONGEST, lines=True)


@section.post("/privacy/<public_id>/done", right=Right.PRIVACY)
def carry_out(desk: Desk, public_id: str) -> Answer:
    """It is done; an erasure is done by this."""
    request, form = requests.get_public(desk.session, public_id), desk.form(Reason)
    customer = profiles.get(desk.session, request.customer_id)
    name, is_erasure = f"customer:{customer.public_id}", request.kind == Wish.ERASE
    if not form.carry_out(lambda given: _carry_out(desk, request, given)):
        return page(desk, request, form=form), 422
    desk.note("customer_erased" if is_erasure else "privacy_done", name, request=public_id)
    told = desk.t("Đã xóa dữ liệu của khách.", "The customer's data was erased.")
    return desk.done(told if is_erasure else desk.t("Đã ghi là xong.", "Kept as done."), to=url_for(".index"))


@section.post("/privacy/<public_id>/refuse", right=Right.PRIVACY)
def refuse(desk: Desk, public_id: str) -> Answer:
    """It will not be done, and the customer reads why where their chat is open."""
    request, form = requests.get_public(desk.session, public_id), desk.form(Reason)
    if not form.carry_out(lambda given: _refuse(desk, request, given)):
        return page(desk, request, form=form), 422
    customer = profiles.get(desk.session, request.customer_id)
    desk.note("privacy_refused", f"customer:{customer.public_id}", request=public_id)
    told = desk.t("Đã từ chối và báo khách.", "Refused, and the customer is told.")
    untold = desk.t("Đã từ chối. Chưa nhắn được, bạn báo khách giúp nhé.", "Refused. No chat is open: tell them.")
    return desk.done(told if form.result else untold, to=url_for(".index"))


@section.post("/privacy/erase/<public_id>", right=Right.PRIVACY)
def erase(desk: Desk, public_id: str) -> Answer:
    """Erase somebody who asked at the counter, by phone or by letter; why is kept. There is no way back."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(Reason)
    if not form.carry_out(lambda given: _erase(desk, customer, given)):
        return erasing_page(desk, customer, form=form), 422
    desk.note("customer_erased", f"customer:{public_id}", request=form.result.public_id)
    told = desk.t("Đã xóa dữ liệu của khách.", "The customer's data was erased.")
    return desk.done(told, to=url_for("console.customers.show", public_id=public_id))


@section.post("/privacy/purposes/<public_id>/<purpose>/off", right=Right.NOTE)
def switch_off(desk: Desk, public_id: str, purpose: str) -> Answer:
    """The customer said so to staff. Only they themselves switch a purpose on again."""
    customer = profiles.get_public(desk.session, public_id)
    given: dict[str, Any] = {
        "text_version": SAID_AT_COUNTER,
        "locale": customer.locale or desk.shop.locale,
        "event_key": desk.key,
        "words": None,
        "now": desk.now,
    }
    if purpose == Purpose.PROMOTION:
        consents.withdraw_promotion(desk.session, customer.id, **given)
    elif purpose in consents.SWITCHES:
        consents.switch(desk.session, customer.id, Purpose(purpose), False, channel_account_id=None, **given)
    else:
        raise profiles.CustomerNotFound
    desk.note("purpose_refused", f"customer:{public_id}", purpose=purpose)
    told = desk.t("Đã tắt. Chỉ khách bật lại được, trong chat.", "Switched off. Only they can switch it on, in chat.")
    return desk.done(told, to=url_for("console.customers.agreed", public_id=public_id))


def _carry_out(desk: Desk, request: PrivacyRequest, given: dict[str, Any]) -> None:
    reason = given["reason"] or ""
    requests.carry_out(desk.session, request, by=desk.author.actor, reason=reason, now=desk.now)
    if request.kind != Wish.ERASE:
        _tell(desk, request, DONE)


def _refuse(desk: Desk, request: PrivacyRequest, given: dict[str, Any]) -> bool:
    requests.refuse(desk.session, request, given["reason"] or "", by=desk.author.actor, now=desk.now)
    return _tell(desk, request, REFUSED)


def _erase(desk: Desk, customer: Customer, given: dict[str, Any]) -> PrivacyRequest:
    if not given["reason"]:
        raise requests.ReasonMissing(field="reason")
    asked = Asking(Wish.ERASE, "console", by=desk.author.actor)
    request = requests.ask(desk.session, customer.id, asked, key=desk.key, now=desk.now)
    requests.carry_out(desk.session, request, by=desk.author.actor, reason=given["reason"], now=desk.now)
    return request


def _tell(desk: Desk, request: PrivacyRequest, said: Both) -> bool:
    """In the customer's words, through their best open chat; whether there is one."""

    def render(locale: str) -> tuple[str, Sequence[MessageButton]]:
        return said.in_(locale, shop=desk.shop.name, reason=requests.reason_of(desk.session, request)), ()

    return notices.tell_customer(
        desk.session, request.customer_id, f"privacy:{request.public_id}", render, now=desk.now
    )
