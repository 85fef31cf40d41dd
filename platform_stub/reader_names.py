"""The readers of SAML Responses that a policy can name: strict, or with one published mistake."""

from __future__ import annotations

from typing import Literal

SamlReader = Literal[
    "strict",
    "first-assertion",
    "response-child",
    "last-assertion",
    "any-id",
    "last-of-one-id",
    "signature-anywhere",
    "first-signed-assertion",
    "some-signature",
    "digest-only",
    "missing-digest",
    "digest-first-node",
    "digest-first-of-document",
    "first-signed-info",
    "nothing-referenced",
    "first-reference",
    "around-signature",
    "fetched-references",
    "every-transform",
    "certificate-by-name",
    "shown-key-value",
    "hmac-by-certificate",
    "hmac-of-any-length",
    "failure-to-verify",
    "first-text-node",
    "last-text-node",
    "instruction-data",
    "entity-dropped",
    "entity-in-id",
    "dtd-obeyed",
    "entities-without-limit",
    "pattern-cleaned-reading",
    "pattern-cleaned-verifying",
    "undeclared-attributes",
    "local-names",
    "void-is-nothing",
    "last-root",
    "first-root",
]
"""How a SAML Response is verified and read: strict, or with one published mistake (`saml.careless`)."""
