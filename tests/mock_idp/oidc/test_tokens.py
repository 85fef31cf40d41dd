"""The token endpoint: refresh and password grants, and the vendors' words for everything that it refuses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty

VENDORS = ["okta", "entra"]
INVALID_CODE = "The authorization code is invalid or has expired."


def assert_refused(
    answer: httpx.Response, *, okta: tuple[int, str, str], entra: tuple[int, str, int, str]
) -> None:
    """`okta` is status, error and description; `entra` is status, error, number and how its text begins."""
    body = answer.json()
    if "error_codes" not in body:
        assert list(body) == ["error", "error_description"]
        assert (answer.status_code, body["error"], body["error_description"]) == okta
        return
    status, error, number, text = entra
    assert list(body) == [
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    ]
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: {text}")
    assert re.search(r" Trace ID: \S{36} Correlation ID: \S{36} Timestamp: ", body["error_description"])
    assert answer.headers["x-ms-request-id"] == body["trace_id"]
    assert answer.headers["x-ms-clitelem"] == f"1,{number},0,,"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_code_works_once(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    code = party.code()
    assert party.redeem(code).status_code == 200
    assert_refused(
        party.redeem(code),
        okta=(400, "invalid_grant", INVALID_CODE),
        entra=(400, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed"),
    )
    told = registrar.journal(vendor, party.state)[-1]
    assert (told["kind"], told["detail"]["problem"]) == ("oidc.refused", "code-redeemed")


def test_of_many_redemptions_at_once_one_wins(registrar: Registrar) -> None:
    party = registrar.party("okta")
    code = party.code()
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(party.redeem, [code] * 8))
    assert statuses == [200] + [400] * 7


@pytest.mark.parametrize(("vendor", "lifetime"), [("okta", 300), ("entra", 600)])
def test_a_code_lives_by_the_tenants_clock(vendor: str, lifetime: int, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    in_time, too_late = party.code(), party.code(state="second")
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": lifetime - 30})
    assert party.redeem(in_time).status_code == 200
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": lifetime + 1})
    assert_refused(
        party.redeem(too_late),
        okta=(400, "invalid_grant", INVALID_CODE),
        entra=(400, "invalid_grant", 70008, "The provided authorization code or refresh token has expired"),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_invented_code(vendor: str, registrar: Registrar) -> None:
    assert_refused(
        registrar.party(vendor).redeem("invented"),
        okta=(400, "invalid_grant", INVALID_CODE),
        entra=(400, "invalid_grant", 9002313, "Invalid request."),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_code_of_another_application(vendor: str, registrar: Registrar) -> None:
    party, other = registrar.party(vendor), registrar.party(vendor, name="other")
    code = party.code()
    other.verifier = party.verifier
    assert_refused(
        other.redeem(code),
        okta=(400, "invalid_grant", INVALID_CODE),
        entra=(400, "invalid_grant", 70000, "Provided grant is invalid or malformed."),
    )
    assert party.redeem(code).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_another_registered_redirect_uri(vendor: str, registrar: Registrar) -> None:
    other = "http://localhost:9/other"
    party = registrar.party(vendor, redirect_uris=[REDIRECT_URI, other])
    text = "The 'redirect_uri' does not match the redirection URI used in the authorization request."
    code = party.code()
    assert_refused(
        party.redeem(code, redirect_uri=other),
        okta=(400, "invalid_grant", text),
        entra=(400, "invalid_client", 500112, f"The reply address '{other}' does not match"),
    )
    assert_refused(
        party.redeem(code, redirect_uri="http://evil.test/"),
        okta=(400, "invalid_grant", text),
        entra=(400, "invalid_client", 50011, "The redirect URI 'http://evil.test/' specified in the request"),
    )


@pytest.mark.parametrize("verifier", ["x" * 43, "short", None])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_or_missing_verifier(vendor: str, verifier: str | None, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    assert_refused(
        party.redeem(party.code(), code_verifier=verifier),
        okta=(400, "invalid_grant", "PKCE verification failed."),
        entra=(400, "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge"),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_verifier_without_a_challenge(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    code = party.code(code_challenge=None, code_challenge_method=None)
    assert party.redeem(code).status_code == 400
    assert party.redeem(code, code_verifier=None).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_both_ways_to_send_the_secret(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    assert party.redeem(party.code(), basic=True).status_code == 200
    assert party.redeem(party.code(state="second")).status_code == 200


@pytest.mark.parametrize("basic", [True, False])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_secret(vendor: str, basic: bool, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    code = party.code()
    party.client_secret = "wrong"
    assert_refused(
        party.redeem(code, basic=basic),
        okta=(401, "invalid_client", "The client secret supplied for a confidential client is invalid."),
        entra=(401, "invalid_client", 7000215, "Invalid client secret provided."),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_secret(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    assert_refused(
        party.redeem(party.code(), client_secret=None),
        okta=(401, "invalid_client", "No client credentials found."),
        entra=(
            401,
            "invalid_client",
            7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_application_at_all(vendor: str, registrar: Registrar) -> None:
    assert_refused(
        registrar.party(vendor).token(grant_type="password", client_id=None, client_secret=None),
        okta=(401, "invalid_client", "No client credentials found."),
        entra=(
            400,
            "invalid_request",
            900144,
            "The request body must contain the following parameter: 'client_id'.",
        ),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_secrets_in_two_places(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    answer = party.token("basic", grant_type="password", client_secret=party.client_secret)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_public_application_must_not_send_a_secret(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, client_secret=None)
    assert_refused(
        party.redeem(party.code(), client_secret="secret"),
        okta=(401, "invalid_client", "The client secret must not be supplied by a public client."),
        entra=(401, "invalid_client", 700025, "Client is public so neither"),
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_grants_that_are_not_enabled(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, grant_types=["authorization_code", "refresh_token"])
    assert_refused(
        party.token(grant_type="password", username="alice@acme.test", password="x", scope="openid"),
        okta=(
            400,
            "unauthorized_client",
            (
                "The client is not authorized to use the provided grant type. "
                "Configured grant types: [authorization_code, refresh_token]."
            ),
        ),
        entra=(400, "unauthorized_client", 700032, ""),
    )
    assert party.token(grant_type="telepathy").json()["error"] == "unsupported_grant_type"
    assert party.token().json()["error"] == "invalid_request"


def refreshed(party: RelyingParty, token: str, **form: str) -> dict[str, Any]:
    answer = party.token(grant_type="refresh_token", refresh_token=token, **form)
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_refresh_keeps_the_person_and_drops_the_nonce(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    first = party.redeem(party.code(scope="openid profile email offline_access")).json()
    second = refreshed(party, first["refresh_token"])
    before, after = party.verified(first["id_token"]), party.verified(second["id_token"])
    assert (after["sub"], after["email"]) == (before["sub"], before["email"])
    assert "nonce" in before
    assert "nonce" not in after
    assert (second["refresh_token"] == first["refresh_token"]) is (vendor == "okta")
    assert registrar.journal(vendor, party.state)[-1]["kind"] == "oidc.token_response"
    narrowed = refreshed(party, second["refresh_token"], scope="openid")
    assert "email" not in party.verified(narrowed["id_token"])


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_refresh_token_unless_asked_for(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    assert "refresh_token" not in party.redeem(party.code()).json()


@pytest.mark.parametrize("vendor", VENDORS)
def test_refresh_tokens_are_refused(vendor: str, registrar: Registrar) -> None:
    party, other = registrar.party(vendor), registrar.party(vendor, name="other")
    token = party.redeem(party.code(scope="openid offline_access")).json()["refresh_token"]
    for asker, presented in ((other, token), (party, "invented")):
        answer = asker.token(grant_type="refresh_token", refresh_token=presented)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    widened = party.token(grant_type="refresh_token", refresh_token=token, scope="openid email")
    assert widened.json()["error"] == "invalid_scope"
    registrar.change(vendor, "PUT", "/personas/alice", {"status": "suspended"})
    suspended = party.token(grant_type="refresh_token", refresh_token=token)
    assert suspended.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_password_grant(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    form = {"grant_type": "password", "username": "alice@acme.test", "scope": "openid email"}
    body = party.token(**form, password="correct-horse-alice").raise_for_status().json()
    assert party.verified(body["id_token"])["email"] == "alice@acme.test"
    assert_refused(
        party.token(**form, password="wrong"),
        okta=(400, "invalid_grant", "The credentials provided were invalid."),
        entra=(400, "invalid_grant", 50126, "Error validating credentials"),
    )
    assert party.token(**form).status_code == 400
    registrar.change(vendor, "PUT", "/personas/alice", {"status": "suspended"})
    suspended = party.token(**form, password="correct-horse-alice")
    assert suspended.json()["error"] == "invalid_grant"


def test_the_password_grant_needs_the_assignment(registrar: Registrar) -> None:
    form = {
        "grant_type": "password",
        "username": "alice@acme.test",
        "password": "correct-horse-alice",
        "scope": "openid",
    }
    for vendor, error in (("okta", "access_denied"), ("entra", "interaction_required")):
        answer = registrar.party(vendor, assigned=["mona"]).token(**form)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_entra_echoes_the_callers_request_id(registrar: Registrar) -> None:
    party = registrar.party("entra")
    caller = "4a139f54-91e6-483a-ab79-25451bd3479f"
    answer = party.back_channel.post(party.metadata["token_endpoint"], headers={"client-request-id": caller})
    assert answer.headers["client-request-id"] == answer.json()["correlation_id"] == caller


@pytest.mark.parametrize("vendor", VENDORS)
def test_tokens_follow_a_key_rollover(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    before = party.redeem(party.code()).json()["id_token"]
    registrar.change(vendor, "POST", "/keys", {"action": "publish_next"})
    registrar.change(vendor, "POST", "/keys", {"action": "activate_next"})
    after = party.redeem(party.code(state="second")).json()["id_token"]
    assert party.verified(before)["sub"] == party.verified(after)["sub"]
    assert before.partition(".")[0] != after.partition(".")[0]
