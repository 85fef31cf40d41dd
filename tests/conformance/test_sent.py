"""What the platform sends: checks pass what is right and name what is not; the catalogue knows them."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import pytest

from conformance.catalogue import sent as verb
from conformance.checks.sent.entropy import weakness_of
from conformance.checks.sent.messages import Kind, Message, Sent, SentLogin
from conformance.checks.sent.registry import all_checks, judge_sent, sent_check
from conformance.model import Level, Verdict

NAMES = {
    "client_id": "client",
    "user_endpoint": "http://sp/user",
    "agent_endpoint": "http://sp/agent",
    "alice.email": "alice@acme.test",
}


def login(request: Mapping[str, str | None] = {}, token: Mapping[str, str | None] = {}) -> SentLogin:
    """A login in order, with these parameters otherwise; None takes one away."""
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "client_id": "client",
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": "http://sp/user",
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    form = {
        "grant_type": "authorization_code",
        "code": secrets.token_urlsafe(16),
        "redirect_uri": "http://sp/user",
        "code_verifier": verifier,
    }
    query = urlencode({name: value for name, value in {**asked, **request}.items() if value is not None})
    changed = {name: value for name, value in {**form, **token}.items() if value is not None}
    address = "/token" + (f"?client_secret={changed.pop('in_query')}" if "in_query" in changed else "")
    headers = {"authorization": "Basic (not shown)"}
    return SentLogin(
        [
            Message("authorization_request", url=f"http://idp/authorize?{query}"),
            Message("token_request", "POST", address, changed, headers),
        ]
    )


def verdict(name: str, kind: Kind, logins: Sequence[SentLogin]) -> Verdict:
    return judge_sent(name, kind, Sent(logins, "user", NAMES), Level.MUST, otherwise="refused").verdict


OIDC = [
    (name, of)
    for name, check in all_checks().items()
    for of in check.of
    if of in ("authorization_request", "token_request")
]


@pytest.mark.parametrize(("name", "kind"), OIDC)
def test_a_login_in_order_passes_every_check(name: str, kind: Kind) -> None:
    assert verdict(name, kind, [login() for _ in range(20)]) is Verdict.PASS


@pytest.mark.parametrize(("name", "kind"), OIDC)
def test_nothing_sent_says_nothing(name: str, kind: Kind) -> None:
    assert verdict(name, kind, [SentLogin([])]) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("name", "request_", "token"),
    [
        ("scope-openid", {"scope": "email openidx"}, {}),
        ("response-type-code", {"response_type": "code id_token"}, {}),
        ("response-type-code", {"response_type": None}, {}),
        ("client-id-exact", {"client_id": "CLIENT"}, {}),
        ("redirect-uri-of-surface", {"redirect_uri": "http://sp/agent"}, {}),
        ("redirect-uri-of-surface", {"redirect_uri": "http://sp/user/"}, {}),
        ("state-present", {"state": None}, {}),
        ("state-unguessable", {"state": "s" * 40}, {}),
        ("nonce-present", {"nonce": ""}, {}),
        ("nonce-unguessable", {"nonce": "n-0S6_WzA2Mj"}, {}),
        ("no-secret-in-address", {"client_secret": "x"}, {}),
        ("no-secret-in-address", {"state": "for alice@acme.test"}, {}),
        ("challenge-sent", {"code_challenge": None}, {}),
        ("challenge-sent", {"code_challenge": "c" * 43}, {}),
        ("challenge-s256", {"code_challenge_method": "plain"}, {}),
        ("challenge-s256", {"code_challenge_method": None}, {}),
        ("challenge-s256", {"code_challenge": "c" * 86}, {}),
        ("verifier-matches", {}, {"code_verifier": "v" * 43}),
        ("verifier-matches", {}, {"code_verifier": None}),
        ("verifier-format", {}, {"code_verifier": "short"}),
        ("verifier-format", {}, {"code_verifier": "v" * 43}),
        ("verifier-unique", {}, {"code_verifier": "v" * 43}),
        ("token-fields", {}, {"redirect_uri": None}),
        ("token-fields", {}, {"redirect_uri": "http://sp/agent"}),
        ("token-fields", {}, {"grant_type": None}),
        ("client-authenticated-once", {}, {"client_secret": "(not shown)"}),
        ("code-redeemed-once", {}, {"code": "the-same"}),
        ("secret-not-in-address", {}, {"in_query": "(not shown)"}),
    ],
)
def test_a_flaw_fails_its_check(
    name: str, request_: Mapping[str, str | None], token: Mapping[str, str | None]
) -> None:
    logins = [login(request_, token), login(request_, token)]
    assert verdict(name, all_checks()[name].of[0], logins) is Verdict.FAIL


@pytest.mark.parametrize("name", ["challenge-s256", "verifier-matches", "verifier-format", "verifier-unique"])
def test_what_pkce_looks_like_is_not_judged_where_it_is_not_used(name: str) -> None:
    without = [login({"code_challenge": None, "code_challenge_method": None}, {"code_verifier": None})]
    assert verdict(name, all_checks()[name].of[0], without) is Verdict.NOT_APPLICABLE
    assert verdict("challenge-sent", "authorization_request", without) is Verdict.FAIL


def test_an_address_in_clear_is_no_state() -> None:
    logins = [login({"state": f"http://sp/home?{secrets.token_urlsafe(32)}"}) for _ in range(3)]
    assert verdict("state-unguessable", "authorization_request", logins) is Verdict.FAIL


@pytest.mark.parametrize(
    "values",
    [
        [f"{number:064d}" for number in range(100)],
        [f"{number:032x}" for number in range(100)],
        [f"login-of-the-second-of-november-{number}-at-this-platform" for number in range(100)],
        ["a" * 50] * 2,
        [secrets.token_hex(8) for _ in range(20)],
    ],
)
def test_counters_constants_and_short_values_are_guessable(values: Sequence[str]) -> None:
    assert weakness_of("state", values)


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
@pytest.mark.parametrize("count", [1, 2, 5, 100])
def test_random_values_are_not(make: type[str], count: int) -> None:
    assert not weakness_of("state", [make(32) for _ in range(count)])


def test_a_check_needs_a_docstring_and_a_free_name() -> None:
    with pytest.raises(ValueError, match="docstring"):
        sent_check("without-words", "cookies")(lambda sent: "")
    with pytest.raises(ValueError, match="taken"):
        sent_check("state-present", "cookies")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ({"checks": ["state-presnt"]}, "did you mean `state-present`?"),
        ({"checks": ["verifier-matches"]}, "looks at token_request, not at authorization_request"),
        ({"checks": ["state-present"], "as": ""}, "say who logs in"),
    ],
)
def test_the_catalogue_refuses_what_does_not_fit(step: Mapping[str, object], told: str) -> None:
    (problem,) = verb.problems({"what": "authorization_request", "as": "alice", **step})
    assert told in problem
