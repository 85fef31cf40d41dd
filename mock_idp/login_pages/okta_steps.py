"""Okta's steps after the password: which authenticator, its code, "Keep me signed in".

Each is a page, and a remediation for the widget (`idx`), under the same names as the widget's own mocks have
them; see `personalities/okta/facts.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mock_idp.login_pages import second_factor
from mock_idp.login_pages.flow import Step, WrongAnswerError
from mock_idp.login_pages.stay_signed_in import StaySignedIn
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personalities.place import stable_alphanumeric
from mock_idp.personas import Factor, Persona
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant

WRONG_CODE = "Your code doesn't match our records. Please try again."
WRONG_CODE_KEY = "api.authn.error.PASSCODE_INVALID"


@dataclass(frozen=True)
class Authenticator:
    """How Okta calls a factor: its key, label, type and method, and what the page for its code says."""

    key: str
    label: str
    type: str
    method: str
    title: str
    lead: str


AUTHENTICATORS: Mapping[Factor, Authenticator] = {
    "app": Authenticator(
        "google_otp",
        "Google Authenticator",
        "app",
        "otp",
        "Verify with Google Authenticator",
        "Enter the temporary code generated in your Google Authenticator app",
    ),
    "sms": Authenticator(
        "phone_number",
        "Phone",
        "phone",
        "sms",
        "Verify with your phone",
        "A code was sent to +X XXX-XXX-XX42. Enter the code below to verify.",
    ),
    "email": Authenticator(
        "okta_email",
        "Email",
        "email",
        "email",
        "Verify with your email",
        "A code was sent to your email address. Enter the code below to verify.",
    ),
}


class OktaStep(Step, Protocol):
    """A step that the widget knows as a remediation, too."""

    @property
    def remediation(self) -> str:
        """Its name."""

    def values(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> list[dict[str, Any]]:
        """The fields of the remediation, the handle apart."""


def authenticator_id(tenant: Tenant, factor: Factor) -> str:
    """The org's ID of the authenticator: aut and 17 alphanumerics."""
    return "aut" + stable_alphanumeric(17, tenant.place.directory_id, "authenticator", factor)


class SelectAuthenticator:
    """The list of authenticators, where the person has several."""

    path = "challenge"
    template = "okta/select_authenticator.html"
    silently = Problem.LOGIN_REQUIRED
    remediation = "select-authenticator-authenticate"

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """A second factor is wanted, and none is chosen."""
        several = len(persona.factors) > 1
        return several and not pending.factor and second_factor.is_wanted(tenant, pending)

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """The authenticators by their ID."""
        del pending
        listed = {authenticator_id(tenant, factor): AUTHENTICATORS[factor] for factor in persona.factors}
        return {"authenticators": listed}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The chosen one, which gets its code sent."""
        named = answers.get("authenticator.id", "")
        factor = next((each for each in persona.factors if authenticator_id(tenant, each) == named), None)
        if factor is None:
            raise WrongAnswerError("Choose one of these security methods.")
        return replace(pending, factor=factor)

    def values(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> list[dict[str, Any]]:
        """An option for each."""
        del pending
        options = [_option(tenant, factor) for factor in persona.factors]
        return [{"name": "authenticator", "type": "object", "options": options}]


class EnterPasscode:
    """The code of the authenticator."""

    path = "challenge/answer"
    template = "okta/passcode.html"
    silently = Problem.LOGIN_REQUIRED
    remediation = "challenge-authenticator"

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """No second factor has been presented."""
        del persona
        return second_factor.is_wanted(tenant, pending)

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """The authenticator, to which a code is sent where it takes one."""
        factor = _factor(pending, persona)
        second_factor.send(tenant, pending, persona, factor)
        return {"authenticator": AUTHENTICATORS[factor], "several": len(persona.factors) > 1}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The code, or the wish for another authenticator."""
        if "switchAuthenticator" in answers:
            return replace(pending, factor="")
        code = answers.get("credentials.passcode") or answers.get("credentials.totp", "")
        if not second_factor.is_right(tenant, pending, persona, _factor(pending, persona), code):
            raise WrongAnswerError(WRONG_CODE)
        return replace(pending, verified=True)

    def values(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> list[dict[str, Any]]:
        """The passcode."""
        second_factor.send(tenant, pending, persona, _factor(pending, persona))
        passcode = {"name": "passcode", "label": "Enter code", "required": True, "visible": True}
        return [{"name": "credentials", "type": "object", "form": {"value": [passcode]}, "required": True}]


class KeepMeSignedIn(StaySignedIn):
    """ "Keep me signed in", where the org asks it and the box of the first page was left empty."""

    remediation = "keep-me-signed-in"

    def values(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> list[dict[str, Any]]:
        """The question."""
        del tenant, pending, persona
        asked = {"name": "keepMeSignedIn", "type": "boolean", "label": "Stay signed in", "required": True}
        return [{**asked, "value": False, "mutable": True}]


KEEP_ME_SIGNED_IN = KeepMeSignedIn(
    "keep-me-signed-in", "okta/keep_me_signed_in.html", field="keepMeSignedIn", yes="true", is_usual=False
)
STEPS: tuple[OktaStep, ...] = (SelectAuthenticator(), EnterPasscode(), KEEP_ME_SIGNED_IN)


def current_authenticator(tenant: Tenant, pending: PendingLogin, persona: Persona) -> dict[str, Any]:
    """What an answer says of the authenticator whose code it wants."""
    factor = _factor(pending, persona)
    known = AUTHENTICATORS[factor]
    return {
        "displayName": known.label,
        "key": known.key,
        "type": known.type,
        "id": authenticator_id(tenant, factor),
        "methods": [{"type": known.method}],
    }


def _factor(pending: PendingLogin, persona: Persona) -> Factor:
    return next((factor for factor in persona.factors if factor == pending.factor), persona.factors[0])


def _option(tenant: Tenant, factor: Factor) -> dict[str, Any]:
    known = AUTHENTICATORS[factor]
    fields = [
        {"name": "id", "required": True, "value": authenticator_id(tenant, factor), "mutable": False},
        {"name": "methodType", "required": False, "value": known.method, "mutable": False},
    ]
    return {"label": known.label, "value": {"form": {"value": fields}}}
