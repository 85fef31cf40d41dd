"""Which e-mail address a verified message carries, and which account of which surface it opens.

Whether the message is genuine is decided before, in `saml` and `oidc`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from platform_stub import audit
from platform_stub.context import PlatformContext
from platform_stub.email_match import loosened
from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.roles import ROLES
from platform_stub.store.database import Transaction
from platform_stub.store.records import Account, Client, Method, Surface

EMAIL_ATTRIBUTES: Final = frozenset(
    (
        "email",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "urn:oid:0.9.2342.19200300.100.1.3",
    )
)
ROLE_NAMES: Final = frozenset(("role", "roles", "groups"))
"""Attributes and claims from which a weak platform takes a role."""
SUPERUSER_FLAG: Final = "isSuperuser"
_LONGEST: Final = 254
EMAIL_NAME_ID: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True, slots=True)
class SamlSubject:
    """Who the assertion is about. `email_values` is None when no e-mail attribute is there at all."""

    name_id: str
    name_id_format: str
    email_values: tuple[str, ...] | None
    roles: tuple[str, ...] = ()
    """What attributes of that name say; a strict platform never looks at them."""


def email_of_saml(subject: SamlSubject, policy: Policy) -> str:
    """Return the e-mail attribute's value, or the NameID when its format says that it is an e-mail address.

    The attribute goes before the NameID, and an attribute without a value is no invitation to look there.

    Raises RefusalError `email-missing`, `email-several`.
    """
    if subject.name_id and policy.name_id_may_stand_in == "always":
        return subject.name_id
    if subject.email_values is not None:
        values = list(dict.fromkeys(value for value in subject.email_values if value.strip()))
        if len(values) > 1 and policy.several_emails == "last":
            return values[-1]
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
    if policy.missing_email == "look-up-nothing" or policy.unknown_email == "first-account":
        return ""
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
    if isinstance(email, list) and email and policy.several_emails == "last":
        email = email[-1]
    if email is not None and not isinstance(email, str):
        raise RefusalError("malformed", f"The claim email is a {type(email).__name__}, expected a string.")
    if not email:
        login = claims.get("preferred_username")
        if policy.missing_email == "use-login-name" and isinstance(login, str) and login:
            return login
        if policy.missing_email == "look-up-nothing" or policy.unknown_email == "first-account":
            return ""
        raise RefusalError("email-missing", "Neither the ID token nor userinfo has the claim email.")
    absent = "email_verified" not in claims
    if absent and policy.email_verified_absent == "refuse" and policy.unverified_email == "refuse":
        raise RefusalError(
            "email-unverified",
            "There is no email_verified, and this client demands it.",
            sentence="The identity provider does not say whether the e-mail address is verified "
            "(email_verified), and this client demands that it does.",
            evidence={"email": email},
        )
    verified = _is_true(claims.get("email_verified", True))
    if not verified and policy.unverified_email == "refuse":
        raise RefusalError(
            "email-unverified",
            f"email_verified is {claims['email_verified']!r}.",
            evidence={"email": email},
        )
    return email


def match_account(
    ctx: PlatformContext,
    client: Client,
    surface: Surface,
    email: str,
    method: Method,
    *,
    subject: str = "",
    roles: Sequence[str] = (),
) -> Account:
    """Return the one account of this surface whose e-mail is exactly `email`.

    `subject` (NameID or sub) and `roles` are what else the message says; a strict policy looks at neither.

    Raises RefusalError `email-unknown`, `email-ambiguous`, `account-inactive`, `account-locked`; the refusals
    carry the received e-mail as evidence for the audit.
    """
    evidence = {"email": email, "surface": surface.value}
    remembered = (client.id, surface.value, subject)
    found_by = ctx.policy.accounts_found_by
    if found_by == "subject-of-any-issuer":
        remembered = (0, surface.value, subject)
    with ctx.store.read() as tx:
        found = _candidates(tx, ctx.policy_of(client), client, surface, email)
        if not found and subject and ctx.policy.name_id_may_stand_in == "unknown-email":
            found = _candidates(tx, ctx.policy, client, surface, subject)
        known = tx.accounts.get(ctx.seen_subjects[remembered]) if remembered in ctx.seen_subjects else None
        if (
            known and known.client_id != client.id
        ):  # another client's, which only a weak policy remembers here
            known = next(iter(tx.accounts.with_email(client.id, known.email, ignore_case=False)), None)
    found = (known,) if known else found
    if (
        len(found) > 1 and email and ctx.policy.ambiguous_email == "refuse"
    ):  # "" comes from a weak policy only
        raise RefusalError(
            "email-ambiguous",
            f"{len(found)} accounts have this e-mail address: {', '.join(a.login for a in found)}.",
            surface=surface,
            evidence=evidence,
        )
    if not found and ctx.policy.unknown_email == "first-account":
        with ctx.store.read() as tx:
            found = tuple(tx.accounts.all(client.id, surface)[:1])
    if not found:
        if ctx.policy.unknown_email == "create-account":
            return _create(ctx, client, surface, email, method)
        raise RefusalError(
            "email-unknown",
            f"No {surface.value} of this client has the e-mail {email!r}; upper and lower case count.",
            sentence=_unknown(surface, email) if ctx.policy.refusal_names_email else None,
            surface=surface,
            evidence=evidence,
        )
    ensure_may_enter(ctx.policy, found[0], surface)
    _ensure_password_rules(ctx.policy_of(client), found[0], surface)
    if found_by != "email":
        ctx.seen_subjects[remembered] = found[0].id
    return _with_role(ctx, found[0], roles) if ctx.policy.role_from_assertion else found[0]


def _unknown(surface: Surface, email: str) -> str:
    """Tell the person which address arrived: it is their own, and support needs it to find the difference."""
    return (
        f"The identity provider sent the e-mail address “{email[:_LONGEST]}”, and no {surface.value} here "
        "has it. It must match exactly, including upper and lower case."
    )


def _with_role(ctx: PlatformContext, account: Account, roles: Sequence[str]) -> Account:
    role = next((role for role in roles if role in ROLES), "")
    if account.kind is Surface.AGENT or not role:
        return account
    with ctx.store.write() as tx:
        return tx.accounts.change(account.id, {"role": role})


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


def _ensure_password_rules(policy: Policy, account: Account, surface: Surface) -> None:
    """Refuse who needs a new password, where Customer Care wants that rule to hold for single sign-on too."""
    applies = policy.password_rules_when_sso == "apply" and policy.expired_password == "refuse"  # noqa: S105 - a rule
    if applies and account.password_expired:
        raise RefusalError(
            "password-expired",
            f"{account.login} has a temporary or expired password.",
            surface=surface,
            evidence={"email": account.email, "login": account.login},
        )


def _candidates(
    tx: Transaction, policy: Policy, client: Client, surface: Surface, email: str
) -> tuple[Account, ...]:
    kinds = [surface]
    if surface is Surface.AGENT and policy.agent_surface_admits_users:
        kinds.append(Surface.USER)
    if surface is Surface.USER and policy.user_surface_admits_agents:
        kinds.append(Surface.AGENT)
    if policy.email_comparison == "as-sent":
        accounts = tx.accounts.with_email(client.id, email, ignore_case=policy.email_match == "casefold")
    else:
        wanted = loosened(email, policy.email_comparison)
        everybody = (account for kind in kinds for account in tx.accounts.all(client.id, kind))
        accounts = tuple(a for a in everybody if loosened(a.email, policy.email_comparison) == wanted)
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
