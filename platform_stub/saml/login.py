"""A SAML login from the redirect to the account: what is outstanding, what is verified, what is used up.

HTTP is in `routes`; how a message is verified in `signature` and `checks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from cryptography import x509

from platform_stub import urls
from platform_stub.certificates import CertificateError, parse_certificates
from platform_stub.context import PlatformContext
from platform_stub.identity import email_of_saml
from platform_stub.metadata_link import refreshed_certificates
from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.saml import assertion as assertions
from platform_stub.saml import careless, checks, received
from platform_stub.saml.document import Document, decode, inflate, parse
from platform_stub.saml.platform_key import platform_key, private_key
from platform_stub.sso_state import require_filled
from platform_stub.store import (
    Client,
    KeyUse,
    LoginRequest,
    Method,
    SamlConfig,
    SsoConfig,
    Surface,
    Transaction,
)

if TYPE_CHECKING:
    from platform_stub.saml.signature import SignedContent

_UNREADABLE: Final = frozenset(("malformed", "assertion-count", "encrypted-assertion"))
_REMEMBER_AT_LEAST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where an answer arrived, and the configuration that was current then."""

    ctx: PlatformContext
    client: Client
    config: SsoConfig
    surface: Surface
    is_trial: bool = False
    """Whether it answers a test sign-in: such an answer opens no session, and no other is a result."""


@dataclass(frozen=True, slots=True)
class VerifiedLogin:
    """A response that passed every check; nothing is used up yet."""

    email: str
    assertion: assertions.Assertion
    in_response_to: str
    received: Mapping[str, str]


def require_complete(config: SsoConfig, policy: Policy) -> tuple[x509.Certificate, ...]:
    """Return the saved certificates of a configuration that a login can work with.

    Raises RefusalError `sso-not-configured` naming the empty or wrong fields, `certificate-unusable`.
    """
    missing = config.missing()
    if missing == ("Certificate X.509",) and policy.saml_without_certificate == "unverified":
        return ()
    require_filled(missing, "Single Sign On URL", config.saml.single_sign_on_url)
    return saved_certificates(config.saml)


def saved_certificates(config: SamlConfig) -> tuple[x509.Certificate, ...]:
    """Return the certificates of the field Certificate X.509; raises RefusalError `certificate-unusable`."""
    try:
        found = _parsed(config.certificate_x509)
    except CertificateError as error:
        raise RefusalError(
            "certificate-unusable",
            str(error),
            sentence=f"The field Certificate X.509 on the Security tab cannot be used: {error}",
        ) from error
    if not found:
        raise RefusalError("certificate-unusable", "The field Certificate X.509 holds no certificate.")
    return found


def verify(attempt: Attempt, field: str) -> VerifiedLogin:
    """Return what the form field SAMLResponse proves; nothing is used up.

    Raises RefusalError with the code of the first check that fails, and what was received as evidence.
    """
    policy = attempt.ctx.policy
    described: Mapping[str, str] = {}
    try:
        document = _message(field, policy)
        described = received.describe(document)
        return _verified(attempt, document, described)
    except RefusalError as refusal:
        if policy.saml_unreadable == "crashes" and refusal.code in _UNREADABLE:
            raise ValueError(refusal.detail) from None  # nobody catches it
        refusal.evidence = {**described, **refusal.evidence}
        raise


def answered_request(field: str, policy: Policy) -> str:
    """Return which request a response says to answer; not verified. Raises RefusalError `malformed`."""
    return str(_message(field, policy).root.get("InResponseTo", ""))


def _message(field: str, policy: Policy) -> Document:
    if policy.saml_reader == "strict":
        xml = decode(field)
        if policy.saml_inflates == "whole" and not xml.lstrip().startswith(b"<"):
            xml = inflate(xml, policy)
        return parse(xml, policy)
    return careless.document(decode(field), careless.READERS[policy.saml_reader])


def use_up(tx: Transaction, attempt: Attempt, login: VerifiedLogin) -> LoginRequest | None:
    """Spend the assertion and the request that it answers; None when the policy lets it answer none.

    Raises RefusalError `replayed`, `unsolicited`, `request-unknown`, `expired`; undo the transaction then.
    """
    client, policy = attempt.client, attempt.ctx.policy
    if "replay" in policy.saml_checks and not tx.replays.remember(
        client.id, _message_key(login), _useless_after(attempt.ctx, login)
    ):
        raise RefusalError("replayed", f"The assertion {login.assertion.id!r} was accepted before.")
    take = tx.logins.consume if "request-once" in policy.saml_checks else tx.logins.find
    request = take(client.id, login.in_response_to) if login.in_response_to else None
    if "in-response-to" in policy.saml_checks:
        _require_outstanding(attempt, login, request)
    return request


def _verified(attempt: Attempt, document: Document, described: Mapping[str, str]) -> VerifiedLogin:
    ctx, client, policy = attempt.ctx, attempt.client, attempt.ctx.policy
    if "status" in policy.saml_checks:  # first: a failed sign-in carries no assertion to complain about
        checks.check_status(checks.read_envelope(document.root, signed=False), policy)
    content = _content(attempt, document, trusted_certificates(ctx, client, attempt.config))
    wanted = ctx.policy_of(client).saml_want_assertions_signed == "on"
    if wanted and not content.assertion_signed and policy.saml_wanted_signature == "required":
        raise RefusalError(
            "signature-missing",
            "The Assertion is not signed itself, which the SP metadata asks for (WantAssertionsSigned).",
            sentence="The identity provider must sign the assertion itself, not only the response.",
        )
    envelope = checks.read_envelope(content.response, signed=content.response_signed)
    assertion = assertions.read(content.assertion, policy)
    addressed = attempt.surface if "own-surface" in policy.saml_checks else _addressed(attempt, envelope)
    expected = checks.Expected(
        entity_id=urls.entity_id(ctx, client),
        acs_url=urls.acs_url(ctx, client, addressed),
        issuer=attempt.config.saml.issuer_url,
        now=ctx.clock.now(),
    )
    checks.judge(envelope, assertion, expected, policy)
    return VerifiedLogin(
        email=email_of_saml(assertion.subject, policy),
        assertion=assertion,
        in_response_to=envelope.in_response_to,
        received=described,
    )


def _content(
    attempt: Attempt, document: Document, certificates: tuple[x509.Certificate, ...]
) -> SignedContent:
    from platform_stub.saml.sealed import sealed_content  # noqa: PLC0415 - pysaml2 is slow to import
    from platform_stub.saml.signature import signed_content  # noqa: PLC0415 - pysaml2 is slow to import

    ctx = attempt.ctx
    if not document.encrypted:
        return signed_content(document, certificates, ctx.policy)
    return sealed_content(
        document,
        certificates,
        ctx.policy_of(attempt.client),
        lambda: private_key(platform_key(ctx, KeyUse.ENCRYPTION).private_key),
    )


def addressed_client(ctx: PlatformContext, client: Client, field: str) -> Client:
    """Return the client whose address the message names, wherever it arrived; for a weak policy only."""
    destination = _message(field, ctx.policy).root.get("Destination", "")
    code = unquote(urlsplit(destination).path.split("/")[1]) if "/" in destination else ""
    with ctx.store.read() as tx:
        return tx.clients.by_code(code) or client


def _addressed(attempt: Attempt, envelope: checks.Envelope) -> Surface:
    """Return the surface whose address the message names, wherever it arrived."""
    named = [
        surface
        for surface in Surface
        if urls.acs_url(attempt.ctx, attempt.client, surface) == envelope.destination
    ]
    return named[0] if named else attempt.surface


def trusted_certificates(
    ctx: PlatformContext, client: Client, config: SsoConfig
) -> tuple[x509.Certificate, ...]:
    """Return the certificates whose keys may sign. Their own dates say nothing about the keys (IIP-MD12).

    Raises RefusalError `certificate-unusable`.
    """
    if not config.saml.certificate_x509 and ctx.policy.saml_without_certificate == "unverified":
        return ()
    found = refreshed_certificates(ctx, client, config, saved_certificates(config.saml))
    if ctx.policy.saml_keys == "any-client":
        found = (*found, *_certificates_of_all(ctx))
    if ctx.policy.saml_certificate_dates == "ignored":
        return found
    now = ctx.clock.now()
    valid = tuple(entry for entry in found if entry.not_valid_before_utc <= now <= entry.not_valid_after_utc)
    if not valid:
        raise RefusalError("certificate-unusable", "Every saved certificate has expired.")
    return valid


def _certificates_of_all(ctx: PlatformContext) -> tuple[x509.Certificate, ...]:
    """Return what every client has saved: only a weakened policy lets them count for one another."""
    with ctx.store.read() as tx:
        saved = [tx.configurations.current(client).saml.certificate_x509 for client in tx.clients.all()]
    return tuple(certificate for text in saved if text for certificate in _parsed(text))


def _require_outstanding(attempt: Attempt, login: VerifiedLogin, request: LoginRequest | None) -> None:
    ctx, config, surface = attempt.ctx, attempt.config, attempt.surface
    if request is None:
        if login.in_response_to:
            raise RefusalError(
                "request-unknown", f"No login with the ID {login.in_response_to!r} is outstanding."
            )
        if ctx.policy_of(attempt.client).idp_initiated == "deny":
            raise RefusalError("unsolicited", "The response has no InResponseTo.")
        return
    elsewhere = request.surface is not surface and "own-surface" in ctx.policy.saml_checks
    if request.protocol is not Method.SAML or elsewhere:
        raise RefusalError(
            "request-unknown",
            f"The request {request.id!r} was a {request.protocol} login at the {request.surface} address.",
            sentence="The answer to a login at one address was sent to another. Start again.",
        )
    if bool(request.trial) != attempt.is_trial and ctx.policy.trial_requests_marked:
        raise RefusalError(
            "request-unknown",
            f"The request {request.id!r} was a test sign-in, whose answer opens no session.",
            sentence="This answer belongs to a test sign-in. Start again from the login page.",
        )
    former = "former-settings-refused" in ctx.policy.lifecycle_rules
    if former and request.revision != config.revision:
        raise RefusalError(
            "request-unknown",
            f"The login started under revision {request.revision}, revision {config.revision} is saved now.",
            sentence="The single sign-on settings were changed during your login. Start again.",
        )
    if request.expires_at < ctx.clock.now():
        raise RefusalError(
            "expired",
            f"The login had to be finished by {request.expires_at.isoformat()}.",
            sentence="Your login took too long. Start again from the login page.",
        )


def _message_key(login: VerifiedLogin) -> str:
    return hashlib.sha256(f"{login.assertion.issuer}\n{login.assertion.id}".encode()).hexdigest()


def _useless_after(ctx: PlatformContext, login: VerifiedLogin) -> datetime:
    skew = timedelta(seconds=ctx.policy.clock_skew_seconds)
    ends = [c.not_on_or_after + skew for c in login.assertion.confirmations if c.not_on_or_after]
    return max([ctx.clock.now() + _REMEMBER_AT_LEAST, *ends])


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[x509.Certificate, ...]:
    return tuple(parse_certificates(text))
