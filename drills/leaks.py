"""500 known people through chat, API and command line; then everything on disk is searched for them."""

import base64
import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from loyalty.typed.fold import fold
from tests.world import SECRETS, Platforms, World, wait_until

PEOPLE = 500
SURNAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
]
MIDDLES = ["Thị", "Văn", "Ngọc", "Minh", "Thu", "Quốc", "Hữu", "Khánh", "Bảo", "Gia"]
GIVEN = [
    "Quỳnh",
    "Đức",
    "Hằng",
    "Thảo",
    "Trâm",
    "Uyên",
    "Vinh",
    "Xuân",
    "Yến",
    "Khoa",
    "Lộc",
    "Nhân",
    "Phúc",
    "Sương",
    "Tuệ",
]
SCOPES = "customers:read,customers:write,purchases:write"


def run(url: str, rng: random.Random) -> Iterator[str]:
    people = [_person(number, rng) for number in range(PEOPLE)]
    with Platforms() as platforms, tempfile.TemporaryDirectory() as backups:
        platforms.names = {_user(number): name for number, (name, _phone) in enumerate(people)}
        world = World(url, platforms)
        world.start()
        try:
            words = _write(world, people)
            places = _places(world, url, Path(backups))
            found = _in(b"\n".join(text for _where, text in places), people, words)
        finally:
            world.close()
        found += sorted({f"{what} in the log" for what in _in(world.log, people, words)})
        total = sum(len(text) for _where, text in places)
        yield f"{PEOPLE} people; searched {len(places)} files of {total:,} bytes and a log of {len(world.log):,}"
        assert found == [], found[:10]
        control = b"x" + people[0][1].encode() + base64.b64encode(people[1][0].encode())
        assert len(_in(control, people, words)) == 2, "the search finds nothing even where it must"
        yield "no phone, name, chat word or token, plain, folded, base64 or hex; the control was found"


def _person(number: int, rng: random.Random) -> tuple[str, str]:
    name = f"{rng.choice(SURNAMES)} {rng.choice(MIDDLES)} {rng.choice(GIVEN)} {rng.choice(GIVEN)}"
    return name, f"09{rng.randrange(10, 89)}{number:03d}{rng.randrange(100, 999)}"


def _user(number: int) -> str:
    return f"71{number:017d}"


def _write(world: World, people: list[tuple[str, str]]) -> list[str]:
    """A third joins by chat, a third comes by the API, a third is added by staff; staff themselves by the command."""
    key = world.cli("apikey", "create", "drill", "--scope", SCOPES).split()[-1]
    code = world.cli("staff", "add", "Đoàn Thị Canary", "--role", "owner").split("/nv ")[1].split()[0]
    world.answer("5123456789012340001", f"/nv {code}")
    words = ["Đoàn Thị Canary", key, code]
    for number, (name, phone) in enumerate(people):
        way = number % 3
        if way == 0:
            word = f"chuyen rieng {number} cua tui"
            world.says(_user(number), phone)
            world.says(_user(number), word)
            words.append(word)
        elif way == 1:
            answer = world.api(key, "POST", "/customers", {"name": name, "phone": phone})
            assert answer.status_code == 201, answer.text
        else:
            world.says("5123456789012340001", f"/them {phone} {name}")
    wait_until(world.settled, 300, "the inbox to be empty")
    return words


def _places(world: World, url: str, folder: Path) -> list[tuple[str, bytes]]:
    world.cli("backup", str(folder))
    files = [path for path in folder.rglob("*") if path.is_file()]
    files += [path for path in _home(url).rglob("*") if path.is_file()]
    found = [(path.name, path.read_bytes()) for path in files]
    assert sum(len(text) for _name, text in found) > 1_000_000, "the database itself was not among the files"
    return found


def _home(url: str) -> Path:
    """Where the engine keeps its files."""
    address = sa.make_url(url)
    return (
        Path(str(address.query["host"]))
        if address.host is None and address.query
        else Path(str(address.database)).parent
    )


def _in(text: bytes, people: list[tuple[str, str]], words: list[str]) -> list[str]:
    """Which of the known values occur in `text`, in any of the forms they could lie in."""
    values = [value for name, phone in people for value in (name, fold(name), phone, f"84{phone[1:]}")]
    values += [*words, *(value for value in SECRETS.values() if "canary" in value)]
    forms = {form: value for value in values for form in _forms(value)}
    with tempfile.TemporaryDirectory() as folder:
        searched, wanted = Path(folder) / "searched", Path(folder) / "wanted"
        searched.write_bytes(text)
        wanted.write_bytes(b"\n".join(forms))
        command = ["grep", "--text", "--only-matching", "--fixed-strings", f"--file={wanted}", str(searched)]
        done = subprocess.run(command, env={"LC_ALL": "C"}, capture_output=True, check=False)
    return sorted({forms[line] for line in done.stdout.splitlines()})


def _forms(value: str) -> list[bytes]:
    plain = value.encode()
    coded = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    return [plain, value.lower().encode(), plain.hex().encode(), *coded]
