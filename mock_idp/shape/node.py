"""A shape: an ordered tree of names, where each value is replaced by its kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SPELLING = "~"
"""What the names of nodes begin with that tell how a document is written, not what it says."""
REDACTED = "redacted"
"""The kind of a value that somebody blackened. It equals everything."""


class Kind(StrEnum):
    """What a file can be."""

    SAML_RESPONSE = "SAML Response"
    SAML_ASSERTION = "SAML Assertion"
    SAML_REQUEST = "SAML AuthnRequest"
    SAML_METADATA = "SAML metadata"
    SAML_OTHER = "other SAML message"
    DISCOVERY = "discovery document"
    JWKS = "JWKS"
    ID_TOKEN = "ID token"  # noqa: S105 - what the file is, not a secret
    ACCESS_TOKEN = "access token"  # noqa: S105 - what the file is, not a secret
    TOKEN_RESPONSE = "token response"  # noqa: S105 - what the file is, not a secret
    USERINFO = "userinfo response"
    OAUTH_ERROR = "OAuth error"
    REDIRECT = "redirect"
    HTTP_EXCHANGE = "HTTP exchange"
    ERROR_PAGE = "error page"


@dataclass(frozen=True)
class Node:
    """One name with its value's kind or its children; `key` tells siblings of the same name apart."""

    name: str
    value: str | None = None
    children: tuple[Node, ...] = ()
    key: str = ""

    @property
    def label(self) -> str:
        """The name as paths show it."""
        return f"{self.name}[{self.key}]" if self.key else self.name

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The tree as indented lines."""
        value = "" if self.value is None else f" = {self.value}"
        yield f"{'  ' * depth}{self.name}{value}"
        for child in self.children:
            yield from child.lines(depth + 1)

    def find(self, *names: str) -> Node | None:
        """The first descendant at that path of names."""
        found: Node | None = self
        for name in names:
            found = next((child for child in found.children if child.name == name), None) if found else None
        return found


@dataclass(frozen=True)
class Shape:
    """What a file is, and its tree. The tree's first children tell its spelling."""

    kind: Kind
    tree: Node

    def text(self) -> str:
        """The shape as it is printed, with a line feed at the end."""
        return "\n".join([f"kind: {self.kind.value}", *self.tree.lines()]) + "\n"
