"""The demo shop's people, and strangers."""

from bots.simulator import people
from loyalty.demo.people import CUSTOMERS, PEOPLE, STAFF
from loyalty.typed import phones


def test_nobody_shares_a_key_a_phone_or_an_id() -> None:
    for values in (
        [person.key for person in PEOPLE],
        [person.phone for person in PEOPLE if person.phone],
        [people.user_id(person, channel) for person in PEOPLE for channel in people.CHANNELS],
    ):
        assert len(set(values)) == len(values)


def test_every_phone_is_one_a_customer_may_type() -> None:
    for person in CUSTOMERS:
        if person.phone is not None:
            assert phones.parse_phone(phones.national(person.phone)) == person.phone


def test_the_people_the_shop_promises_are_there() -> None:
    by_name = {person.name: person for person in CUSTOMERS}
    assert by_name["Lan"].tier == "gold"
    assert by_name["Minh"].points == 40
    assert by_name["Hoa"].promotion is False
    assert {person.role for person in STAFF} == {"cashier", "manager", "marketer", "owner"}
    assert all(person.zalo for person in STAFF)


def test_strangers_have_acceptable_phones_and_new_names() -> None:
    taken: set[str] = set()
    for _ in range(60):
        user, name, phone = people.new_stranger("zalo", taken)
        assert len(user) == 19
        assert name not in taken
        assert phones.parse_phone(phone) == phone
        taken.add(name)
