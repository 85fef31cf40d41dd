"""SAML: what the platform asks of the identity provider, and what it makes of a RelayState."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_stub.policy import SamlRequestRule
from platform_stub.weaknesses.model import Weakness, setting, without

_LEFT_OUT: Final[tuple[tuple[str, str, str, SamlRequestRule], ...]] = (
    ("saml-request-id-short", "request-binding", "The ID of a request has 32 random bits.", "fresh-id"),
    ("saml-request-version-odd", "login", "Requests say that their Version is 2.", "version"),
    (
        "saml-request-time-local",
        "time",
        "Requests are issued at the server's local time, written as if it were UTC.",
        "current-time",
    ),
    (
        "saml-request-destination-wrong",
        "recipient",
        "The Destination of a request is the platform's own entity ID.",
        "destination",
    ),
    ("saml-request-issuer-wrong", "issuer", "The Issuer of a request is the users' sign-on URL.", "issuer"),
    (
        "saml-request-acs-of-other-surface",
        "recipient",
        "Agents' requests name the users' sign-on URL.",
        "own-surface",
    ),
    (
        "saml-request-declared-signed-is-not",
        "signature",
        "The metadata says that requests are signed, and no request is.",
        "signed-as-declared",
    ),
    (
        "saml-request-signed-by-other-key",
        "signature",
        "Requests are signed with a key that the metadata does not show.",
        "own-key",
    ),
    (
        "saml-request-zlib-header",
        "login",
        "The query carries zlib's stream with its header, not the bare DEFLATE stream.",
        "deflated-bare",
    ),
    (
        "saml-request-form-deflated",
        "login",
        "The form carries the request compressed, as only the query may.",
        "plain-in-form",
    ),
    (
        "saml-metadata-lists-one-surface",
        "login",
        "The metadata lists the users' sign-on URL twice, and the agents' not at all.",
        "published-endpoints",
    ),
    (
        "saml-request-second-question-mark",
        "login",
        "A Single Sign On URL that has a query gets a second question mark.",
        "query-kept",
    ),
)


def _made() -> Iterator[Weakness]:
    for name, family, summary, rule in _LEFT_OUT:
        yield Weakness(name, family, summary, without("saml_request_rules", rule))


WEAKNESSES: Final = (
    *_made(),
    Weakness(
        "saml-relay-state-followed",
        "session",
        "After the login the browser is sent to whatever RelayState the answer carries.",
        setting(relay_state="followed"),
    ),
    Weakness(
        "saml-relay-state-appended",
        "session",
        "After the login the RelayState is written behind the platform's address, and followed.",
        setting(relay_state="appended"),
    ),
    Weakness(
        "saml-relay-state-refreshed",
        "session",
        "The page behind the login goes on by itself to whatever RelayState the answer carries.",
        setting(relay_state="refreshed"),
    ),
    Weakness(
        "saml-relay-state-shown",
        "session",
        "A RelayState that is no page of the platform is shown to the person, unescaped.",
        setting(relay_state="shown"),
    ),
)
