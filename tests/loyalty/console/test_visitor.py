"""Where requests come from, as far as it is believed."""

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from loyalty.console import visitor


def asked(remote: str = "203.0.113.7", **headers: str) -> Request:
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(EnvironBuilder(headers=given, environ_base={"REMOTE_ADDR": remote}).get_environ())


@pytest.mark.parametrize(
    ("agent", "word"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/120 Chrome/114.0 Safari/537.36", "Cốc Cốc · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox · Linux"),
        ("curl/8.0", ""),
        ("", ""),
        ("<script>alert(1)</script> Chrome", "Chrome"),
    ],
)
def test_a_device_is_a_word_or_two_and_never_what_was_sent(agent: str, word: str) -> None:
    assert visitor.device(asked(User_Agent=agent)) == word


def test_only_a_proxy_on_this_machine_is_believed_about_who_asks() -> None:
    assert visitor.address(asked(X_Forwarded_For="198.51.100.1")) == "203.0.113.7"
    assert visitor.address(asked("127.0.0.1", X_Forwarded_For="1.2.3.4, 198.51.100.1")) == "198.51.100.1"
    assert visitor.address(asked("::1", X_Forwarded_For="198.51.100.1")) == "198.51.100.1"
    assert visitor.address(asked("127.0.0.1")) == "127.0.0.1"
