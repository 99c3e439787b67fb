"""Who works for the shop, and what each may do."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.alerts import raising
from loyalty.points.models import LedgerEntry
from loyalty.staff import accounts, binding, leaving
from loyalty.staff.models import AuditEntry
from tests.builders_chat import Person, count, hire, meet, member_of, said, told

LAN, MINH = "+84912345678", "+84987654321"


class TestBinding:
    def test_a_code_binds_at_once_and_the_owners_are_told(self, session: Session, kind: str) -> None:
        owner = hire(session, "owner", "Chị Mây", kind)
        code = binding.issue_code(session, accounts.add(session, "Thu", "cashier", now=owner.now).id, now=owner.now)
        person = meet(session, kind)

        answer = person.say(f"/nv {code.lower()[:4]}-{code[4:]}")

        assert answer.startswith("Xong! Thu (thu ngân) của Cà phê Mây từ giờ làm việc ở chat này.")
        assert person.identity is None
        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]
        assert told(owner)[-1].startswith(f"Thu (thu ngân) vừa gắn một chat {channel}")
        subject = f"staff:{member_of(person).public_id}"
        assert subject not in {alert.subject for alert in raising.list_open(session)}, "told twice"
        assert "/tich" in person.say("/trogiup")

    def test_an_owner_who_cannot_be_written_to_is_told_later(self, session: Session, kind: str) -> None:
        owner = hire(session, "owner", "Chị Mây", kind)
        member = accounts.add(session, "Thu", "cashier", now=owner.now)
        person = meet(session, kind)
        person.wait(hours=72)

        person.say(f"/nv {binding.issue_code(session, member.id, now=person.now)}")

        assert told(owner) == []
        assert ("staff_bound", f"staff:{member.public_id}") in {(a.kind, a.subject) for a in raising.untold(session)}

    def test_the_chat_a_new_one_displaces_is_told(self, session: Session, kind: str, cashier: Person) -> None:
        member, before = member_of(cashier), len(told(cashier))
        thief = meet(session, kind)
        thief.say(f"/nv {binding.issue_code(session, member.id, now=thief.now)}")

        [words] = told(cashier)[before:]
        assert words.startswith("Tài khoản nhân viên của bạn vừa chuyển sang một chat")
        assert "Không phải bạn làm?" in words

    def test_a_wrong_code_is_counted_although_it_is_refused(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        left = [person.say("/nv ABCDEFGH").rsplit("Còn ", 1)[1] for _ in range(5)]

        assert left == [f"{tries} lần thử." for tries in (4, 3, 2, 1, 0)]
        assert "thử lại được sau 60 phút" in person.say("/nv ABCDEFGH")
        assert "code_guessing" in {alert.kind for alert in raising.list_open(session)}
        assert person.identity is None

    def test_a_used_code_is_nobodys(self, session: Session, kind: str, cashier: Person) -> None:
        code = binding.issue_code(session, member_of(cashier).id, now=cashier.now)
        cashier.say(f"/nv {code}")

        assert meet(session, kind).say(f"/nv {code}").startswith("Mã này không đúng")

    def test_without_its_code_the_command_says_what_is_missing(self, session: Session, kind: str) -> None:
        assert meet(session, kind).say("/nv").startswith("Thiếu mã.")

    def test_a_code_told_in_a_sentence_is_shown_with_its_command_and_does_nothing(
        self, session: Session, kind: str
    ) -> None:
        person = meet(session, kind)

        assert "/nv K7M2QD9X" in person.say("em là nhân viên mới, mã của em K7M2QD9X")
        assert binding.bound_to(session, person.account.id, person.user) is None

    def test_leaving_ends_it(self, session: Session, cashier: Person) -> None:
        assert cashier.say("/thoat").startswith("Đã thôi dùng chat này")
        assert cashier.say("/tich 0912345678 250k") == "Lệnh này chỉ dành cho nhân viên của Cà phê Mây."

    def test_staff_at_work_are_no_customers(self, session: Session, cashier: Person) -> None:
        cashier.say("/tich 0912345678 250k")
        assert cashier.say("chào mọi người").startswith("Lệnh của nhân viên bắt đầu bằng dấu gạch chéo")
        assert cashier.does(InboundKind.MEDIA).text.startswith("Lệnh của nhân viên")
        assert cashier.identity is None
        assert "ví dụ" not in cashier.say("tich 0912345678 250k") and count(session, LedgerEntry) == 1

    def test_without_a_slash_staff_are_customers_like_others(self, session: Session, cashier: Person) -> None:
        assert "Bạn có 0 điểm" in cashier.say("điểm")
        assert cashier.identity is not None


class TestStrangers:
    @pytest.mark.parametrize(
        "text", ["/tich 0912345678 250k", "/tra 0912345678", "/huy 1", "/duyet 1", "/trogiup", "/thoat", "/khongco"]
    )
    def test_get_one_sentence_and_are_written_down(
        self, session: Session, kind: str, known_lan: Person, text: str
    ) -> None:
        for person in (meet(session, kind), known_lan):
            assert person.say(text) == "Lệnh này chỉ dành cho nhân viên của Cà phê Mây."

        rows = session.scalars(select(AuditEntry)).all()
        assert [(row.actor, row.action, row.source) for row in rows] == [("stranger", "command_refused", kind)] * 2
        assert count(session, LedgerEntry) == 0
        assert not any("0912345678" in str((row.subject, row.detail)) for row in rows)


COUNTER = ("/tich 0912345678 250k", "/huy 1", "/them 0987654321 Lan", "/gan 0912345678 M7K2QD")
DECIDING = ("/duyet 1", "/tuchoi 1")
REFUSED = {"cashier": DECIDING, "manager": (), "owner": (), "marketer": COUNTER + DECIDING}  # by role


class TestRoles:
    @pytest.mark.parametrize("role", REFUSED)
    def test_each_role_may_what_the_table_says(self, session: Session, role: str) -> None:
        person = hire(session, role, "Thu")
        lines = (*COUNTER, *DECIDING, "/tra 0912345678", "/trogiup")

        refused = {line for line in lines if "không dùng lệnh này" in person.say(line)}

        assert refused == set(REFUSED[role])
        rows = session.scalars(select(AuditEntry).filter_by(action="command_refused")).all()
        assert len(rows) == len(refused)
        assert {row.actor for row in rows} <= {f"staff:{member_of(person).public_id}"}

    @pytest.mark.parametrize("role", REFUSED)
    def test_the_menu_of_a_role_has_only_what_it_may(self, session: Session, role: str) -> None:
        menu = hire(session, role, "Thu").say("/trogiup")

        shown = {line for line in (*COUNTER, *DECIDING) if f"• {line.split()[0]} " in menu}
        assert shown == {*COUNTER, *DECIDING} - set(REFUSED[role])

    def test_a_removed_person_is_a_stranger_at_once(self, session: Session, cashier: Person) -> None:
        leaving.remove(session, member_of(cashier).id, now=cashier.now)

        assert cashier.say("/tich 0912345678 250k").startswith("Lệnh này chỉ dành cho nhân viên")


class TestUnknownStaffCommands:
    @pytest.mark.parametrize("text", ["/chuyentien 0912345678 350k"])
    def test_what_has_not_come_yet_does_not_exist(self, session: Session, cashier: Person, text: str) -> None:
        assert cashier.say(text).startswith("Không có lệnh «")
        assert count(session, LedgerEntry) == 0

    def test_answers_to_staff_are_sealed_for_no_customer(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        cashier.say("/tra 0912345678")

        assert said(session)[-1].user == cashier.user
