"""Entra's pages after the name and the password: which account, second factor, "Stay signed in?", consent.

Their ids, fields and order are those that robots for Microsoft's pages know; what is unconfirmed of them is
in `personalities/entra/facts.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mock_idp.login_pages import second_factor
from mock_idp.login_pages.accounts import account_of, accounts
from mock_idp.login_pages.flow import WrongAnswerError
from mock_idp.login_pages.stay_signed_in import StaySignedIn
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Factor, Persona
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant

PROOFS: Mapping[Factor, tuple[str, str]] = {
    "app": ("PhoneAppOTP", "Use a verification code"),
    "sms": ("OneWaySMS", "Text +XX XXXXXXX42"),
}
"""Entra's name of a factor, and how its list of proofs shows it. It has no e-mail among them."""
ANOTHER = "another"
"""In place of a factor: the person wants to see the list."""
WRONG_CODE = "You didn't enter the expected verification code. Please try again."
PERMISSIONS = {
    "openid": "Sign you in",
    "profile": "View your basic profile",
    "email": "View your email address",
    "offline_access": "Maintain access to data you have given it access to",
    "User.Read": "Sign you in and read your profile",
}


def proofs_of(persona: Persona) -> list[Factor]:
    """The person's factors that there are at Entra, the usual one first."""
    return [factor for factor in persona.factors if factor in PROOFS] or ["app"]


def proof_named(persona: Persona, name: str) -> Factor | None:
    """The person's factor that Entra calls so."""
    return next((factor for factor in proofs_of(persona) if PROOFS[factor][0] == name), None)


class PickAccount:
    """The accounts of the browser as tiles, and "Use another account", which leads to the name."""

    path = "reprocess"
    template = "entra/pick_account.html"
    silently = Problem.ACCOUNT_AMBIGUOUS

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """There is somebody to choose from, and nobody has chosen."""
        del tenant, persona
        return pending.session_id is not None and pending.pick and not pending.picked

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """The people behind the tiles."""
        del pending, persona
        return {"people": [account.persona for account in accounts(tenant)]}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The tile's account; no name is another account."""
        del persona
        name = answers.get("login", "")
        if not name:
            return replace(
                pending, picked=True, persona_id=None, session_id=None, verified=False, login_hint=""
            )
        chosen = account_of(accounts(tenant), name)
        if chosen is None:
            raise WrongAnswerError("That account is signed out. Choose another one.")
        return replace(
            pending,
            picked=True,
            persona_id=chosen.persona.id,
            session_id=chosen.session_id,
            verified=chosen.second_factor,
        )


class ChooseProof:
    """ "Verify your identity": the list of second factors, where the person wants another than the usual."""

    path = "SAS/ProcessAuth"
    template = "entra/proofs.html"
    silently = Problem.MFA_REQUIRED

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """Another way was asked for."""
        del persona
        return second_factor.is_wanted(tenant, pending) and pending.factor == ANOTHER

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """The proofs."""
        del tenant, pending
        return {"proofs": [PROOFS[factor] for factor in proofs_of(persona)]}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The chosen one."""
        del tenant
        factor = proof_named(persona, answers.get("mfaAuthMethod", ""))
        if factor is None:
            raise WrongAnswerError("Choose one of these ways to verify your identity.")
        return replace(pending, factor=factor)


class EnterCode:
    """ "Enter code": that of the authenticator app, or the one that was texted."""

    path = "SAS/ProcessAuth"
    template = "entra/code.html"
    silently = Problem.MFA_REQUIRED

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """No second factor has been presented."""
        del persona
        return second_factor.is_wanted(tenant, pending)

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """The factor, to which a code is sent where it takes one, and the others."""
        factors = proofs_of(persona)
        factor = factor_of(pending, persona)
        second_factor.send(tenant, pending, persona, factor)
        proofs = [
            {"authMethodId": PROOFS[each][0], "data": PROOFS[each][0], "display": PROOFS[each][1]}
            | {"isDefault": each == factors[0]}
            for each in factors
        ]
        return {"factor": factor, "method": PROOFS[factor][0], "proofs": proofs}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The code, or the wish for another way."""
        if "signInAnotherWay" in answers:
            return replace(pending, factor=ANOTHER)
        factor = proof_named(persona, answers.get("mfaAuthMethod", "")) or factor_of(pending, persona)
        if not second_factor.is_right(tenant, pending, persona, factor, answers.get("otc", "")):
            raise WrongAnswerError(WRONG_CODE)
        return replace(pending, verified=True)


def factor_of(pending: PendingLogin, persona: Persona) -> Factor:
    """The factor that was chosen, else the person's usual one."""
    factors = proofs_of(persona)
    return next((factor for factor in factors if factor == pending.factor), factors[0])


STAY_SIGNED_IN = StaySignedIn("kmsi", "entra/kmsi.html", field="LoginOptions", yes="1", is_usual=True)


class Consent:
    """ "Permissions requested": once for a person, an application and its permissions, or each time."""

    path = "Consent/Set"
    template = "entra/consent.html"
    silently = Problem.CONSENT_REQUIRED

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """The request or the tenant wants it, and there is no answer yet."""
        wanted = pending.consent
        if wanted is None or pending.consented is not None:
            return False
        if wanted.asks_consent:
            return True
        if tenant.settings.consent != "asked":
            return False
        given = tenant.consents.get(_given_by(persona, pending)) or frozenset()
        return not given.issuperset(wanted.scopes)

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """What the permissions are called."""
        del tenant, persona
        scopes = pending.consent.scopes if pending.consent else ()
        return {"permissions": [PERMISSIONS.get(scope, scope) for scope in scopes]}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """Accept, which is remembered, or Cancel."""
        accepted = answers.get("acceptConsent") == "true"
        if accepted and pending.consent:
            key = _given_by(persona, pending)
            with tenant.atomic():
                given = tenant.consents.get(key) or frozenset()
                tenant.consents.put(key, given.union(pending.consent.scopes))
        tenant.journal.record(
            "login.consent",
            summary=f"{persona.id} {'consented' if accepted else 'did not consent'} to {pending.app.name}.",
            attempt=pending.attempt,
            app=pending.app.name,
            persona=persona.id,
        )
        return replace(pending, consented=accepted)


def _given_by(persona: Persona, pending: PendingLogin) -> str:
    return f"{persona.id} {pending.app.name}"
