"""Which addresses a link may lead to: public ones, or this computer where its name was written."""

import pytest

from platform_stub.fetch import FetchError, fetch
from platform_stub.network import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1"),
        "0.0.0.0",  # noqa: S104 - looked at, not bound
        *("224.0.0.1", "239.255.255.250", "232.1.1.1", "255.255.255.255", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "ff0e::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::e000:1", "64:ff9b:1::1"),
        *("2002:7f00:1::1", "2002:a00:1::", "2001:0:a00:1::1"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_public(address: str) -> None:
    assert is_public(address)


def test_a_name_of_this_computer_must_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", ("10.0.0.7", 80))]
    monkeypatch.setattr("platform_stub.network.socket.getaddrinfo", lambda *_, **__: found)
    with pytest.raises(FetchError, match=r"leads to 10\.0\.0\.7, which is not this computer"):
        fetch("http://localhost/metadata", timeout_seconds=1, max_bytes=10)
