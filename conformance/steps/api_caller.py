"""A program that calls the platform's public API: its tokens from the IdP, and what its logins lead to."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from conformance.agents.protocol import Action, Exchange, UserAgent
from conformance.catalogue.api_verbs import ApiLogin
from conformance.model import Account, FaultSpec, Identity, Observation, Outcome, Place
from conformance.steps.arena import Arena
from conformance.steps.idp_login import Person, sign_in
from conformance.targets.protocol import ApiAnswer
from conformance.wire import basic_credentials, exchange_once

REDIRECT_URI = "http://127.0.0.1:9/api-caller"
"""Where the caller's own login at the IdP comes back to; nothing listens there, and nothing is sent."""
_SCOPE = "openid email profile"
_IDP_CODE = re.compile(r"AADSTS\d{4,7}")


class IdpRefusedError(Exception):
    """The IdP gave no token; `code` is its error and `text` its own words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(slots=True)
class ApiAttempt:
    """One login at the public API, and the session that it opened, if any."""

    who: str
    session: str = ""
    fault_fired: bool = False
    token: str = field(default="", repr=False)


class ApiCaller:
    """Logs in at the public API of one arena. `agent` gives a browser for logins by code."""

    def __init__(self, arena: Arena, agent: UserAgent | None = None) -> None:
        self._arena = arena
        self._agent = agent

    def log_in(
        self, args: ApiLogin, assertion: str, fault: FaultSpec | None, key: str | None
    ) -> tuple[ApiAttempt, Observation]:
        """Log in as the step says; `key` replaces the client's API token. No answer raises."""
        attempt = ApiAttempt(args.who)
        account = self._arena.account(args.who)
        surface = args.surface or account.kind
        if args.by == "password":
            return attempt, self.by_password(attempt, account, surface, key)
        try:
            if args.by == "assertion":
                attempt.token = assertion
            else:
                tokens = self._tokens(args, fault, attempt)
                attempt.token = str(tokens.get(args.by) or "")
        except IdpRefusedError as error:
            return attempt, Observation(Outcome.REFUSED, Place.IDP, code=error.code, text=error.text[:500])
        if not attempt.token:
            raise LookupError(f"there is no {args.by.replace('_', ' ')} to present")
        answer = self._arena.session.api_login("token", account, surface, attempt.token, key)
        return attempt, self._observed(attempt, answer)

    def by_password(
        self, attempt: ApiAttempt, account: Account, surface: str, key: str | None = None
    ) -> Observation:
        """Log in with the platform's own password."""
        return self._observed(attempt, self._arena.session.api_login("password", account, surface, "", key))

    def by_token(self, account: Account) -> Observation:
        """Log in with an ID token by the password grant."""
        wish = ApiLogin.model_validate({"as": account.id, "by": "id_token", "expect": "either"})
        return self.log_in(wish, "", None, None)[1]

    def _observed(self, attempt: ApiAttempt, answer: ApiAnswer) -> Observation:
        attempt.session = answer.session
        if answer.status >= 500:
            return Observation(
                Outcome.CRASHED, Place.ENDPOINT, code=f"HTTP {answer.status}", text=answer.text
            )
        identity = self._arena.session.api_identity(answer.session) if answer.session else None
        return observed_session(identity, answer.code, answer.text)

    def _tokens(self, args: ApiLogin, fault: FaultSpec | None, attempt: ApiAttempt) -> Mapping[str, Any]:
        person = self._arena.tenant.persona(args.who, {})
        login, password = str(person["login"]), str(person["password"])
        if args.source == "code":
            who = Person(login, password, lambda: self._arena.tenant.code(args.who))
            return self._by_code(who, fault, attempt)
        grant = {"grant_type": "password", "username": login, "password": password, "scope": _SCOPE}
        return self._redeem(grant)

    def _by_code(self, who: Person, fault: FaultSpec | None, attempt: ApiAttempt) -> Mapping[str, Any]:
        """Log in at the IdP with the caller's own redirect URI, and redeem the code."""
        assert self._agent is not None  # the journey gives one for this way
        state = secrets.token_urlsafe(16)
        armed = self._arena.tenant.arm(state, fault) if fault else ""
        query = {
            "response_type": "code",
            "client_id": self._arena.values["authorization_id"],
            "redirect_uri": REDIRECT_URI,
            "scope": _SCOPE,
            "state": state,
            "nonce": secrets.token_urlsafe(16),
        }
        self._agent.watch(REDIRECT_URI, lambda _request: Action.HOLD)
        self._agent.open(f"{self._arena.values['authorization_endpoint']}?{urlencode(query)}")
        if self._agent.held is None:
            sign_in(self._agent, who)
        code = _code(self._agent.held, self._agent.page.text)
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        try:
            return self._redeem(grant)
        finally:
            if armed:
                attempt.fault_fired = self._arena.tenant.fault(armed).fired > 0

    def _redeem(self, grant: Mapping[str, str]) -> Mapping[str, Any]:
        values = self._arena.values
        names = ("authorization_id", "authorization_secret")
        answer = exchange_once(
            "POST",
            values["token_endpoint"],
            trust=self._arena.tenant.client.trust,
            headers={
                "Authorization": basic_credentials(*(quote_plus(values[name]) for name in names)),
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=urlencode(grant).encode(),
        )
        told: Mapping[str, Any] = answer.json()
        if answer.status != 200:
            text = str(told.get("error_description") or told.get("errorSummary") or "")
            numbered = _IDP_CODE.search(text)
            raise IdpRefusedError(
                numbered[0] if numbered else str(told.get("error")), f"{told.get('error')}: {text}"
            )
        return told


def observed_session(identity: Identity | None, code: str, text: str) -> Observation:
    """Say whose session the API opened or still has; with none it refused."""
    if identity is None:
        return Observation(Outcome.REFUSED, Place.ENDPOINT, code=code, text=text[:500])
    return Observation(Outcome.ADMITTED, Place.SESSION, (identity,))


def _code(answer: Exchange | None, page: str) -> str:
    if answer is None:
        numbered = _IDP_CODE.search(page)
        raise IdpRefusedError(numbered[0] if numbered else "no answer", page)
    told = dict(parse_qsl(urlsplit(answer.url).query))
    if "code" not in told:
        raise IdpRefusedError(told.get("error", "no code"), told.get("error_description", ""))
    return told["code"]
