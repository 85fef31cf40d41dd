"""Errors and redirects of each vendor: words for every problem, parameter order, encoding."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime

import pytest

from mock_idp.personalities.entra import oidc_errors as entra_errors
from mock_idp.personalities.entra.oidc import V2_SERVER
from mock_idp.personalities.oidc_base import AuthorizationServer, Trace
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personalities.okta import oidc_errors as okta_errors
from mock_idp.personalities.okta.oidc import ORG_SERVER
from tests.mock_idp.oidc.samples import SERVERS


@pytest.mark.parametrize("server", SERVERS)
def test_every_problem_has_words_at_every_vendor(server: AuthorizationServer) -> None:
    details = dict.fromkeys(placeholders(server), "x")
    only_entra = {
        Problem.UNKNOWN_TENANT,
        Problem.INVALID_TENANT_NAME,
        Problem.COMMON_ENDPOINT,
        Problem.CONSUMERS_ENDPOINT,
        Problem.FOREIGN_USER,
        Problem.ADMIN_CONSENT_REQUIRED,
        Problem.APPROVAL_REQUEST,
        Problem.APPLICATION_MISCONFIGURED,
        Problem.SIGN_IN_CANCELLED,
        Problem.ACCOUNT_AMBIGUOUS,
        Problem.CONSENT_REQUIRED,
        Problem.MFA_REQUIRED,
        Problem.MFA_REGISTRATION,
        Problem.RESOURCE_UNKNOWN,
        Problem.DEVICE_AUTHENTICATION,
        Problem.DEVICE_NOT_COMPLIANT,
        Problem.DEVICE_NOT_JOINED,
        Problem.APP_NOT_APPROVED,
        Problem.SIGNING_KEY_MISSING,
    }
    only_okta = {
        Problem.TOO_MANY_GROUPS,
        Problem.SERVER_MISSING,
        Problem.PASSWORD_GRANT_DENIED,
        Problem.STATE_MISSING,
        Problem.REQUEST_URI_UNKNOWN,
        Problem.HINT_MISSING,
        Problem.HINT_INVALID,
        Problem.LOGOUT_URI_UNREGISTERED,
    }
    elsewhere = only_entra if server.vendor == "okta" else only_okta
    for problem in set(Problem) - elsewhere:
        text = server.describe(problem, details)
        assert re.fullmatch(r"[a-z_]+|E\d{7}", text.error)
        assert "{" not in text.text


def test_redirects_are_encoded_as_each_vendor_encodes_them() -> None:
    parameters = [("state", "a b/(c)'")]
    assert ORG_SERVER.encode(parameters) == "state=a+b%2F%28c%29%27"
    assert V2_SERVER.encode(parameters) == "state=a+b%2f(c)%27"


def test_error_redirects_order_their_parameters_as_captured() -> None:
    trace = Trace("0" * 32 + "1" * 32, datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC))
    at_okta = ORG_SERVER.error_parameters(Problem.NOT_ASSIGNED, {}, "s", trace)
    assert [name for name, _ in at_okta] == ["state", "error", "error_description"]
    assert at_okta[2][1] == "User is not assigned to the client application."
    at_entra = V2_SERVER.error_parameters(Problem.LOGIN_REQUIRED, {}, "s", trace)
    assert [name for name, _ in at_entra] == ["error", "error_description", "error_uri", "state"]
    assert at_entra[1][1].startswith("AADSTS50058: ")
    assert at_entra[1][1].endswith(
        " Trace ID: 00000000-0000-4000-8000-000000000000"
        " Correlation ID: 11111111-1111-4111-9111-111111111111 Timestamp: 2024-01-02 03:04:05Z"
    )


def placeholders(server: AuthorizationServer) -> set[str]:
    errors = okta_errors.ERRORS if server.vendor == "okta" else entra_errors.ERRORS
    texts = [entry.text for entry in errors.values()]
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
