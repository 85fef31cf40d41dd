"""What this platform asks an OpenID provider, in oic's messages: authorization, tokens, userinfo.

Imports oic, so import it lazily. The requests travel through `transport`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from oic.oic import Client as OicClient
from oic.oic import message
from oic.utils.authn import client as authentication
from oic.utils.settings import OicClientSettings

from platform_stub.context import PlatformContext
from platform_stub.oidc.answer import Attempt
from platform_stub.oidc.request import Fresh
from platform_stub.oidc.transport import ask, json_object
from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.store import LoginRequest, OidcConfig

SCOPES: Final = ("openid", "email", "profile")
_AccessTokenRequest: Any = message.AccessTokenRequest  # its calls are untyped
_ClientSecretBasic: Any = authentication.ClientSecretBasic  # its calls are untyped
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Tokens:
    """The token endpoint's answer; `access_token` is "" when none came."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


def authorization_url(policy: Policy, config: OidcConfig, redirect_uri: str, values: Fresh) -> str:
    """Return the URL of the authorization request (OpenID Connect Core 3.1.2.1, RFC 7636 with S256)."""
    rules = policy.oidc_rules
    arguments = {
        "response_type": policy.oidc_response_type if "asks-for-code" in rules else "id_token",
        "scope": list(SCOPES if "asks-openid" in rules else SCOPES[1:]),
        "redirect_uri": redirect_uri,
        "state": values.state if "state-sent" in rules else "",
        "nonce": values.nonce,
    }
    beside: dict[str, str] = {}
    if values.challenge:
        beside |= {"code_challenge": values.challenge, "code_challenge_method": values.challenge_method}
    if policy.oidc_response_mode == "form_post" or policy.oidc_response_type != "code":
        beside["response_mode"] = "form_post"
    if "secret-kept-back" not in rules:
        beside["client_secret"] = config.authorization_secret
    request = _client(config).construct_AuthorizationRequest(
        request_args={name: value for name, value in arguments.items() if value}, extra_args=beside
    )
    if "client-id-as-saved" not in rules:
        request["client_id"] = config.authorization_id.upper()
    return str(request.request(config.authorization_endpoint))


def exchange(attempt: Attempt, redirect_uri: str, code: str, login: LoginRequest) -> Tokens:
    """Redeem the code with the client's secret and the PKCE verifier (OpenID Connect Core 3.1.3.1).

    An answer that did not come, or is an error, is not asked for again: the code may be spent.
    Raises RefusalError `idp-unreachable`, `token-refused`, `malformed`.
    """
    ctx, config = attempt.ctx, attempt.config.oidc
    policy = ctx.policy_of(attempt.client)
    request = _token_request(policy, config, redirect_uri, code, login)
    answer = ask(ctx, request.address, data=request.data, headers=request.headers)
    if answer.status != 200 and "code-sent-once" not in policy.oidc_rules:
        answer = ask(ctx, request.address, data=request.data, headers=request.headers)
    if answer.status >= 500:
        raise RefusalError("idp-unreachable", f"The token endpoint answered with status {answer.status}.")
    body = json_object(answer, "The token endpoint")
    if answer.status != 200 and "errors-expected" not in policy.oidc_rules:
        raise KeyError("id_token")  # what comes of reading on
    if answer.status != 200:
        raise _token_refused(answer.status, body)
    id_token, access_token = body.get("id_token", ""), body.get("access_token", "")
    if not isinstance(id_token, str) or (not id_token and "id-token-required" in policy.oidc_rules):
        raise RefusalError(
            "malformed",
            "The token endpoint's answer has no id_token.",
            sentence="The identity provider sent no ID token.",
        )
    if not isinstance(access_token, str):
        raise RefusalError("malformed", "The token endpoint's access_token is not a string.")
    return Tokens(id_token, access_token)


@dataclass(frozen=True, slots=True)
class _TokenRequest:
    address: str
    data: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def _token_request(
    policy: Policy, config: OidcConfig, redirect_uri: str, code: str, login: LoginRequest
) -> _TokenRequest:
    """Return the token request; the secret is in the header or, with client_secret_post, in the body."""
    rules = policy.oidc_rules
    request = _AccessTokenRequest(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
    if login.verifier:
        request["code_verifier"] = login.verifier
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    posted = policy.oidc_client_auth == "client_secret_post"
    if not posted:
        headers |= _ClientSecretBasic(_client(config)).construct(request)["headers"]
    if posted or "authenticated-once" not in rules:
        request["client_id"], request["client_secret"] = config.authorization_id, config.authorization_secret
    fields: dict[str, str] = request.to_dict()
    if "redirect-repeated" not in rules:
        del fields["redirect_uri"]
    address = config.token_endpoint
    if "secret-in-header" not in rules:
        address += f"?{urlencode({'client_secret': config.authorization_secret})}"
    return _TokenRequest(address, urlencode(fields).encode(), headers)


def userinfo(ctx: PlatformContext, endpoint: str, access_token: str) -> dict[str, Any]:
    """Return the claims of the userinfo endpoint (OpenID Connect Core 5.3); nobody has compared `sub` yet.

    Raises RefusalError `idp-unreachable`, `malformed`.
    """
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    if ctx.policy.oidc_bearer_in == "address":
        endpoint = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({'access_token': access_token})}"
    answer = ask(ctx, endpoint, headers=headers)
    if answer.status != 200:
        raise RefusalError("idp-unreachable", f"The userinfo endpoint answered with status {answer.status}.")
    return json_object(answer, "The userinfo endpoint")


def _token_refused(status: int, body: Mapping[str, Any]) -> RefusalError:
    words = f"{body.get('error', 'no error code')}: {body.get('error_description', 'no description')}"
    return RefusalError(
        "token-refused",
        f"The token endpoint answered {status}, {words}"[:_LONGEST],
        sentence=f"The identity provider refused to exchange the login for a token ({words})."[:_LONGEST],
    )


def _client(config: OidcConfig) -> Any:  # noqa: ANN401 - oic's classes are untyped where it matters
    client = OicClient(client_id=config.authorization_id, settings=_settings())
    client.client_secret = config.authorization_secret
    return client


@cache
def _settings() -> Any:  # noqa: ANN401 - see `_client`
    """Return oic's settings; it would read them out of the environment anew for each login."""
    return OicClientSettings()
