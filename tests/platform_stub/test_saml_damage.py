"""Damaged responses never crash the platform, whatever it is told to overlook."""

from __future__ import annotations

import base64
import random

import pytest

from platform_stub.weaknesses import apply
from tests.platform_stub.sso_platform import post_acs, refusal, running, start_saml, who
from tests.platform_stub.sso_signer import saml_response

PIECES = (b"", b"<!---->", b"&amp;", b"<x/>", "é".encode(), b'" ID="q', b"</saml2:Issuer>", b"0")
POLICIES = (
    "",
    "saml-signature-not-checked",
    "saml-unsigned-accepted",
    "saml-key-info-trusted",
    "saml-first-assertion-read",
    "saml-text-cut-at-comment",
)


@pytest.mark.parametrize("weakness", POLICIES)
def test_every_damaged_response_gets_a_controlled_answer(weakness: str) -> None:
    chance = random.Random(4)  # noqa: S311 - repeatable damage, not a secret
    with running(apply([weakness] if weakness else [])) as platform:
        browser = platform.browser()
        whole = base64.b64decode(saml_response(platform.message(start_saml(platform, browser)), sign="both"))
        for _ in range(200):
            place, cut = chance.randrange(len(whole)), chance.choice((0, 1, 1, 5, 40))
            damaged = whole[:place] + chance.choice(PIECES) + whole[place + cut :]
            answer = post_acs(browser, base64.b64encode(damaged).decode())
            assert refusal(answer) or answer.status_code == 303
        assert who(browser)["user"] in {None, "alice@acme.test"}
