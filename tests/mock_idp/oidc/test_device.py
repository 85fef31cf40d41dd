"""The device grant: codes, the page, the polling (RFC 8628), for applications that are registered for it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
MEMBERS = {
    "okta": "device_code user_code verification_uri verification_uri_complete expires_in interval",
    "entra": "user_code device_code verification_uri expires_in interval message",
}
VENDORS = ["okta", "entra"]


def device(
    registrar: Registrar, vendor: str, name: str = "portal", assigned: object = "everyone"
) -> RelyingParty:
    grants = [GRANT, "refresh_token"]
    return registrar.party(vendor, name=name, assigned=assigned, grant_types=grants)


def codes(party: RelyingParty, scope: str = "openid profile offline_access") -> dict[str, Any]:
    form = {"client_id": party.client_id, "scope": scope}
    url = party.metadata["device_authorization_endpoint"]
    answered: dict[str, Any] = party.back_channel.post(url, data=form).raise_for_status().json()
    return answered


def poll(party: RelyingParty, device_code: str) -> httpx.Response:
    return party.token(grant_type=GRANT, device_code=device_code)


def typed(party: RelyingParty, told: dict[str, Any], persona: str = "alice") -> httpx.Response:
    """What the person sees last who types the code and signs in."""
    answers = {
        **{name: told["user_code"].lower() for name in ("user_code", "otc")},
        **dict.fromkeys(("identifier", "loginfmt"), f"{persona}@acme.test"),
        **dict.fromkeys(("credentials.passcode", "passwd"), f"correct-horse-{persona}"),
    }
    return party.walk_with(party.browser.get(told["verification_uri"]), answers)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_device_polls_until_a_person_has_signed_in(vendor: str, registrar: Registrar) -> None:
    party = device(registrar, vendor)
    told = codes(party)
    assert list(told) == MEMBERS[vendor].split()
    pending = poll(party, told["device_code"])
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    done = typed(party, told)
    assert re.search("Device activated|You have signed in to the portal application", done.text)
    tokens = poll(party, told["device_code"]).raise_for_status().json()
    assert decoded(tokens["id_token"])[1]["preferred_username"] == "alice@acme.test"
    assert "refresh_token" in tokens
    assert poll(party, told["device_code"]).status_code == 400  # it works once
    kinds = [entry["kind"] for entry in registrar.journal(vendor, told["user_code"])]
    assert kinds.index("oidc.device_request") < kinds.index("oidc.device_approved")


@pytest.mark.parametrize("vendor", VENDORS)
def test_codes_expire_by_the_tenants_clock(vendor: str, registrar: Registrar) -> None:
    party = device(registrar, vendor)
    told = codes(party)
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": told["expires_in"] + 1})
    assert poll(party, told["device_code"]).json()["error"] == "expired_token"
    assert "The code is not right, or it has expired." in typed(party, told).text


@pytest.mark.parametrize("vendor", VENDORS)
def test_who_may_not_use_the_application_cannot_lend_it_to_a_device(
    vendor: str, registrar: Registrar
) -> None:
    party = device(registrar, vendor, assigned=["mona"])
    told = codes(party)
    refused = typed(party, told)
    assert refused.status_code == 400
    assert poll(party, told["device_code"]).json()["error"] == "authorization_pending"


@pytest.mark.parametrize(("vendor", "error"), [("okta", "invalid_grant"), ("entra", "bad_verification_code")])
def test_foreign_device_codes_are_worth_nothing(vendor: str, error: str, registrar: Registrar) -> None:
    party, other = device(registrar, vendor), device(registrar, vendor, name="other")
    told = codes(party)
    typed(party, told)
    assert poll(other, told["device_code"]).json()["error"] == error
    assert poll(party, "invented").json()["error"] == error
    assert poll(party, told["device_code"]).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_user_code_stays_on_the_page(vendor: str, registrar: Registrar) -> None:
    party = device(registrar, vendor)
    told = codes(party) | {"user_code": "WRONGONE"}
    assert "The code is not right, or it has expired." in typed(party, told).text
