"""Which e-mail address a verified message carries, and which account of which surface it opens.

Whether the message is genuine is decided before, in `saml` and `oidc`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from platform_stub import audit
from platform_stub.context import PlatformContext
from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.store.database import Transaction
from platform_stub.store.records import Account, Client, Method, Surface

EMAIL_ATTRIBUTES: Final = frozenset(
    (
        "email",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "urn:oid:0.9.2342.19200300.100.1.3",
    )
)
EMAIL_NAME_ID: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True, slots=True)
class SamlSubject:
    """Who the assertion is about. `email_values` is None when no e-mail attribute is there at all."""

    name_id: str
    name_id_format: str
    email_values: tuple[str, ...] | None


def email_of_saml(subject: SamlSubject, policy: Policy) -> str:
    """Return the e-mail attribute's value, or the NameID when its format says that it is an e-mail address.

    Raises RefusalError `email-missing`, `email-several`.
    """
    if subject.email_values is not None:
        values = sorted({value for value in subject.email_values if value})
        if len(values) > 1:
            raise RefusalError(
                "email-several", f"The assertion carries {len(values)} different e-mail addresses."
            )
        if values:
            return values[0]
    elif subject.name_id_format == EMAIL_NAME_ID and subject.name_id:
        return subject.name_id
    if policy.missing_email == "use-login-name" and subject.name_id:
        return subject.name_id
    raise RefusalError(
        "email-missing",
        "The assertion has no e-mail attribute with a value, and its NameID "
        f"(format {subject.name_id_format or 'not given'}) is not an e-mail address.",
    )


def email_of_oidc(claims: Mapping[str, object], policy: Policy) -> str:
    """Return the claim `email` of a verified ID token or of userinfo; never preferred_username.

    Raises RefusalError `email-missing`, `email-unverified`, `malformed`.
    """
    email = claims.get("email")
    if email is not None and not isinstance(email, str):
        raise RefusalError("malformed", f"The claim email is a {type(email).__name__}, expected a string.")
    if not email:
        login = claims.get("preferred_username")
        if policy.missing_email == "use-login-name" and isinstance(login, str) and login:
            return login
        raise RefusalError("email-missing", "Neither the ID token nor userinfo has the claim email.")
    verified = _is_true(claims.get("email_verified", True))
    if not verified and policy.unverified_email == "refuse":
        raise RefusalError(
            "email-unverified",
            f"email_verified is {claims['email_verified']!r}.",
            evidence={"email": email},
        )
    return email


def match_account(
    ctx: PlatformContext, client: Client, surface: Surface, email: str, method: Method
) -> Account:
    """Return the one account of this surface whose e-mail is exactly `email`.

    Raises RefusalError `email-unknown`, `email-ambiguous`, `account-inactive`, `account-locked`; the refusals
    carry the received e-mail as evidence for the audit.
    """
    evidence = {"email": email, "surface": surface.value}
    with ctx.store.read() as tx:
        found = _candidates(tx, ctx.policy, client, surface, email)
    if len(found) > 1:
        raise RefusalError(
            "email-ambiguous",
            f"{len(found)} accounts have this e-mail address: {', '.join(a.login for a in found)}.",
            surface=surface,
            evidence=evidence,
        )
    if not found:
        if ctx.policy.unknown_email == "create-account":
            return _create(ctx, client, surface, email, method)
        raise RefusalError(
            "email-unknown",
            f"No {surface.value} of this client has the e-mail {email!r}; upper and lower case count.",
            surface=surface,
            evidence=evidence,
        )
    ensure_may_enter(ctx.policy, found[0], surface)
    return found[0]


def ensure_may_enter(policy: Policy, account: Account, surface: Surface) -> None:
    """Raise RefusalError `account-inactive` or `account-locked` for an account that may not sign in."""
    evidence = {"email": account.email, "login": account.login}
    if not account.active and policy.inactive_account == "refuse":
        raise RefusalError(
            "account-inactive", f"{account.login} is not active.", surface=surface, evidence=evidence
        )
    if account.locked and policy.locked_account == "refuse":
        raise RefusalError(
            "account-locked", f"{account.login} is locked.", surface=surface, evidence=evidence
        )


def _candidates(
    tx: Transaction, policy: Policy, client: Client, surface: Surface, email: str
) -> tuple[Account, ...]:
    kinds = [surface]
    if surface is Surface.AGENT and policy.agent_surface_admits_users:
        kinds.append(Surface.USER)
    if surface is Surface.USER and policy.user_surface_admits_agents:
        kinds.append(Surface.AGENT)
    accounts = tx.accounts.with_email(client.id, email, ignore_case=policy.email_match == "casefold")
    for kind in kinds:  # the surface's own kind goes first
        of_kind = tuple(account for account in accounts if account.kind is kind)
        if of_kind:
            return of_kind
    return ()


def _create(ctx: PlatformContext, client: Client, surface: Surface, email: str, method: Method) -> Account:
    with ctx.store.write() as tx:
        account = tx.accounts.create(
            client.id, surface, {"login": email, "email": email, "password_hash": ""}
        )
        audit.record(
            ctx,
            client=client,
            actor=f"sso:{method.value}",
            action="account.create",
            result="ok",
            detail={"login": account.login, "kind": surface.value},
            tx=tx,
        )
    return account


def _is_true(value: object) -> bool:
    # Some providers send the word instead of the JSON value.
    return value is True or (isinstance(value, str) and value.lower() == "true")
