"""Every OpenID Connect fault: it fires once, for its own attempt only, and changes only what it declares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase as fnmatch

import httpx
import jwt
import pytest
from jwt.types import Options

from mock_idp.faults.registry import all_faults
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded, redirect_parameters

VENDORS = ["okta", "entra"]
EXTENSION = {"oidc.id-token.critical-extension"}
"""Well signed: what is wrong is in the header."""
PARAMS: dict[str, str | int] = {
    "code": "code-of-another-login",
    "parameter": "foo",
    "value": "bar",
    "status": 503,
    "email": "mallory@acme.test",
    "issuer": "https://other-idp.example",
    "audience": "another-application",
    "nonce": "another-nonce",
    "state": "another-state",
}
UNJUDGED: Options = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
OIDC_FAULTS = {
    name: fault
    for name, fault in all_faults().items()
    if fault.protocol == "oidc" and fault.message == "login"
}
LOGOUT_FAULTS = [name for name, fault in all_faults().items() if fault.message == "logout-token"]
TOKEN_FAULTS = [name for name in OIDC_FAULTS if name.startswith("oidc.id-token.")]
RE_SIGNED = [name for name in TOKEN_FAULTS if OIDC_FAULTS[name].stage == "token"]
UNSIGNED = [
    name for name in TOKEN_FAULTS if OIDC_FAULTS[name].fault_class == "signature" and name not in EXTENSION
]
FORMS = ("form", "access-token", "signature.damaged", "unsigned-json", "polyglot")
OTHER_FORM = {f"oidc.id-token.{name}" for name in FORMS}
"""Their text is not that of the header and payload in the journal."""


def arm(registrar: Registrar, vendor: str, party: RelyingParty, name: str) -> str:
    params = {param: PARAMS[param] for param, told in OIDC_FAULTS[name].params.items() if told.required}
    return registrar.arm(vendor, party.state, name, **params)


def touched(name: str) -> set[str]:
    """The places that the fault may touch, with its parameters' defaults in their names."""
    fault = OIDC_FAULTS[name]
    defaults = {param: told.default for param, told in fault.params.items()}
    return {place.format(**defaults) for place in fault.touches}


def changed_paths(sent: object, control: object, path: str = "") -> Iterator[str]:
    """The paths of every member that differs, is missing or is new."""
    if not (isinstance(sent, dict) and isinstance(control, dict)):
        if sent != control:
            yield path
        return
    for name in sorted(set(sent) | set(control)):
        below = f"{path}.{name}" if path else name
        if name not in sent or name not in control:
            yield below
        else:
            yield from changed_paths(sent[name], control[name], below)


class HeadersAreEnoughError(Exception):
    """The body would take minutes."""


def redeem_at_once(party: RelyingParty, code: str, name: str = "") -> httpx.Response | None:
    """The answer of the token endpoint; None where it does not come at once."""

    def stop(_: httpx.Response) -> None:
        raise HeadersAreEnoughError

    party.back_channel.timeout = httpx.Timeout(2.0 if name.endswith(".hang") else 30.0)
    if name.endswith(".drip"):
        party.back_channel.event_hooks = {"response": [stop]}
    try:
        return party.redeem(code)
    except (httpx.ReadTimeout, HeadersAreEnoughError):
        return None


SHAPES = [
    (name, param, choice)
    for name, fault in sorted(OIDC_FAULTS.items())
    for param, told in fault.params.items()
    for choice in told.choices
    if choice != told.default
]
"""Every further shape of a fault: a parameter with choices has one for each of them."""


@pytest.mark.parametrize(("name", "param", "choice"), SHAPES)
def test_each_shape_changes_only_what_its_fault_declares(
    name: str, param: str, choice: str, registrar: Registrar
) -> None:
    party = registrar.party("entra")
    given = {param: PARAMS[param] for param, told in OIDC_FAULTS[name].params.items() if told.required}
    fault_id = registrar.arm("entra", party.state, name, **{**given, param: choice})
    answer = redirect_parameters(party.sign_in())
    if "code" in answer:
        party.redeem(answer["code"])
    assert registrar.fired("entra", fault_id) == 1
    (detail,) = [e["detail"] for e in registrar.journal("entra", party.state) if "control" in e["detail"]]
    differences = set(changed_paths(json.loads(detail["sent"]), json.loads(detail["control"])))
    assert differences
    places = {place.replace(f"{{{param}}}", choice) for place in OIDC_FAULTS[name].touches}
    assert all(any(fnmatch(path, place) for place in places) for path in differences)


def ask_userinfo(party: RelyingParty, access_token: str) -> httpx.Response | None:
    """The answer of userinfo; None where it does not come at once."""
    bearer = {"Authorization": f"Bearer {access_token}"}
    try:
        return party.back_channel.get(party.metadata["userinfo_endpoint"], headers=bearer, timeout=0.5)
    except httpx.ReadTimeout:
        return None


@pytest.mark.parametrize("name", sorted(OIDC_FAULTS))
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_fault_changes_only_what_it_declares(vendor: str, name: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    fault_id = arm(registrar, vendor, party, name)
    answer = redirect_parameters(party.sign_in())
    if "code" in answer:
        told = redeem_at_once(party, answer["code"], name)
        if told is not None and name.startswith("oidc.userinfo."):
            ask_userinfo(party, told.json()["access_token"])
    assert registrar.fired(vendor, fault_id) == 1
    faulty = [entry for entry in registrar.journal(vendor, party.state) if "control" in entry["detail"]]
    assert len(faulty) == 1
    detail = faulty[0]["detail"]
    assert detail["fault"] == name
    assert detail["changed"].endswith(".")
    differences = set(changed_paths(json.loads(detail["sent"]), json.loads(detail["control"])))
    assert differences
    places = touched(name)
    assert all(any(fnmatch(path, place) for place in places) for path in differences)


@pytest.mark.parametrize("name", sorted(set(TOKEN_FAULTS) - OTHER_FORM))
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_token_on_the_wire_is_the_one_in_the_journal(
    vendor: str, name: str, registrar: Registrar
) -> None:
    party = registrar.party(vendor)
    arm(registrar, vendor, party, name)
    header, claims = decoded(party.redeem(party.code()).json()["id_token"])
    sent = json.loads(registrar.journal(vendor, party.state)[-1]["detail"]["sent"])["id_token"]
    assert (sent["header"], sent["payload"]) == (header, claims)


@pytest.mark.parametrize("name", RE_SIGNED)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_token_with_a_false_claim_is_well_signed(vendor: str, name: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    arm(registrar, vendor, party, name)
    id_token = party.redeem(party.code()).json()["id_token"]
    key = jwt.PyJWKClient(party.metadata["jwks_uri"]).get_signing_key_from_jwt(id_token)
    jwt.decode(id_token, key.key, algorithms=["RS256"], options=UNJUDGED)


@pytest.mark.parametrize("vendor", VENDORS)
def test_signature_faults_do_not_verify(vendor: str, registrar: Registrar) -> None:
    for number, name in enumerate(sorted(UNSIGNED)):
        party = registrar.party(vendor)
        party.state = f"attempt-{number}"
        arm(registrar, vendor, party, name)
        id_token = party.redeem(party.code()).json()["id_token"]
        with pytest.raises((jwt.DecodeError, jwt.InvalidAlgorithmError, jwt.PyJWKClientError)):
            party.verified(id_token)


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_false_claim(vendor: str, registrar: Registrar) -> None:
    expected: dict[str, type[Exception]] = {
        "oidc.id-token.issuer.replace": jwt.InvalidIssuerError,
        "oidc.id-token.audience.replace": jwt.InvalidAudienceError,
        "oidc.id-token.expired": jwt.ExpiredSignatureError,
    }
    for name, error in expected.items():
        party = registrar.party(vendor)
        arm(registrar, vendor, party, name)
        id_token = party.redeem(party.code()).json()["id_token"]
        with pytest.raises(error):
            party.verified(id_token)


def test_nonce_state_and_verified_email(registrar: Registrar) -> None:
    outcomes = {}
    for name in ("nonce.replace", "nonce.remove", "email-unverified", "tamper"):
        party = registrar.party("okta")
        arm(registrar, "okta", party, f"oidc.id-token.{name}")
        outcomes[name] = decoded(party.redeem(party.code()).json()["id_token"])[1]
    assert outcomes["nonce.replace"]["nonce"] == "another-nonce"
    assert "nonce" not in outcomes["nonce.remove"]
    assert outcomes["email-unverified"]["email_verified"] is False
    assert outcomes["tamper"]["email"] == "mallory@acme.test"


@pytest.mark.parametrize("vendor", VENDORS)
def test_faults_of_the_authorization_response(vendor: str, registrar: Registrar) -> None:
    replaced = registrar.party(vendor)
    arm(registrar, vendor, replaced, "oidc.authz-response.state.replace")
    assert redirect_parameters(replaced.sign_in())["state"] == "another-state"
    removed = registrar.party(vendor)
    arm(registrar, vendor, removed, "oidc.authz-response.state.remove")
    assert "state" not in redirect_parameters(removed.sign_in())


@pytest.mark.parametrize("vendor", VENDORS)
def test_another_attempt_is_left_alone(vendor: str, registrar: Registrar) -> None:
    victim, bystander = registrar.party(vendor), registrar.party(vendor)
    fault_id = arm(registrar, vendor, victim, "oidc.id-token.alg-none")
    bystander.verified(bystander.redeem(bystander.code()).json()["id_token"])
    assert registrar.fired(vendor, fault_id) == 0


def test_a_fault_that_cannot_apply_does_not_fire(registrar: Registrar) -> None:
    party = registrar.party("okta")
    fault_id = arm(registrar, "okta", party, "oidc.id-token.nonce.remove")
    party.verified(party.redeem(party.code(nonce=None)).json()["id_token"])
    assert registrar.fired("okta", fault_id) == 0
    detail = registrar.journal("okta", party.state)[-1]["detail"]
    assert detail["not_applied"].startswith("The authorization request carried no nonce")


@pytest.mark.parametrize("vendor", VENDORS)
def test_faults_of_userinfo(vendor: str, registrar: Registrar) -> None:
    answers = {}
    wrong: dict[str, dict[str, str | int]] = {
        "claims": {"json": '{"sub": "s", "email": null}'},
        "refused": {"status": 403},
        "silent": {},
    }
    for name, params in wrong.items():
        party = registrar.party(vendor)
        registrar.arm(vendor, party.state, f"oidc.userinfo.{name}", **params)
        answers[name] = ask_userinfo(party, party.redeem(party.code()).json()["access_token"])
    claims, refused = answers["claims"], answers["refused"]
    assert claims is not None
    assert claims.json()["sub"] == "s"
    assert "email" not in claims.json()
    assert refused is not None
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert answers["silent"] is None


@pytest.mark.parametrize("vendor", VENDORS)
def test_faults_of_the_token_endpoint(vendor: str, registrar: Registrar) -> None:
    answers = {}
    wrong: dict[str, dict[str, str | int]] = {
        "error": {"error": "invalid_grant"},
        "status": {"status": 503, "retry_after": "120"},
        "id-token.remove": {},
        "hang": {},
    }
    for name, params in wrong.items():
        party = registrar.party(vendor)
        registrar.arm(vendor, party.state, f"oidc.token-response.{name}", **params)
        answers[name] = redeem_at_once(party, party.code(), f"oidc.token-response.{name}")
    error, status, without = answers["error"], answers["status"], answers["id-token.remove"]
    assert error is not None
    assert (error.status_code, error.json()["error"]) == (400, "invalid_grant")
    assert status is not None
    assert (status.status_code, status.headers["retry-after"]) == (503, "120")
    assert without is not None
    assert "access_token" in without.json()
    assert "id_token" not in without.json()
    assert answers["hang"] is None


@pytest.mark.parametrize("name", LOGOUT_FAULTS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_fault_of_a_logout_token_changes_only_what_it_declares(
    vendor: str, name: str, registrar: Registrar
) -> None:
    party = registrar.party(vendor)
    party.redeem(party.code())
    fault = all_faults()[name]
    params = {param: PARAMS[param] for param, told in fault.params.items() if told.required}
    body = {"app": "portal", "persona": "alice", "fault": {"name": name, **params}}
    told = registrar.change(vendor, "POST", "/logout-tokens", body)
    paths = set(changed_paths(json.loads(told["sent"]), json.loads(told["control"])))
    assert paths
    assert all(any(fnmatch(path, place) for place in fault.touches) for path in paths)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_logout_token_names_the_session_of_the_login(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    body = {"app": "portal", "persona": "alice"}
    nobody = registrar.idp.control("POST", f"/tenants/{registrar.tenant(vendor)['name']}/logout-tokens", body)
    assert nobody.status_code == 409
    claims = party.verified(party.redeem(party.code()).json()["id_token"])
    compact = registrar.change(vendor, "POST", "/logout-tokens", body)["logout_token"]
    key = jwt.PyJWKClient(party.metadata["jwks_uri"]).get_signing_key_from_jwt(compact)
    told = jwt.decode(compact, key.key, algorithms=["RS256"], audience=party.client_id, issuer=claims["iss"])
    assert told["sub"] == claims["sub"]
    assert told.get("sid") == claims.get("sid")
    assert "http://schemas.openid.net/event/backchannel-logout" in told["events"]
    assert "nonce" not in told
    assert jwt.get_unverified_header(compact)["typ"] == "logout+jwt"
