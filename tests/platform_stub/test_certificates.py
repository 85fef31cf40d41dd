"""The field Certificate X.509 takes what people paste and says what is wrong with the rest."""

from datetime import UTC, datetime

import pytest

from platform_stub.certificates import CertificateError, parse_certificates, to_pem, warnings
from tests.platform_stub.certs import PRIVATE_KEY, base64_only, pem

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        pem(),
        pem().replace("\n", "\r\n"),
        base64_only(pem()),
        "\n".join(f"  {line}  " for line in pem().splitlines()),
        f"Bag Attributes\n  friendlyName: idp\n{pem()}\n",
        base64_only(pem())[:40] + "\r\n" + base64_only(pem())[40:],
    ],
    ids=["PEM", "CRLF", "bare base64", "indented", "text around", "broken base64 lines"],
)
def test_every_usual_form_is_the_same_certificate(text: str) -> None:
    assert to_pem(parse_certificates(text)) == pem()


def test_several_certificates_stay_several() -> None:
    both = pem("first") + pem("second")
    assert to_pem(parse_certificates(both)) == both


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PRIVATE_KEY, "private key"),
        (pem() + PRIVATE_KEY, "private key"),
        ("garbage!", "neither a PEM certificate nor base64"),
        ("", "does not hold"),
        ("Z2FyYmFnZQ==", "does not hold an X.509 certificate"),
        (pem().replace("CERTIFICATE", "PUBLIC KEY"), "a public key; expected a CERTIFICATE"),
        (pem().replace("-----END CERTIFICATE-----", ""), "BEGIN or END line"),
        ("A" * 100_001, "longer than"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, sentence: str) -> None:
    with pytest.raises(CertificateError, match=sentence):
        parse_certificates(text)


def test_an_expired_or_future_certificate_is_warned_about_and_accepted() -> None:
    old, new = parse_certificates(pem("old", last_year=2025) + pem("new", first_year=2030))
    assert warnings((old,), NOW) == ["The certificate CN=old expired on 2025-01-01."]
    assert warnings((new,), NOW) == ["The certificate CN=new starts on 2030-01-01."]
    assert warnings(parse_certificates(pem()), NOW) == []
