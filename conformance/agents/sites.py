"""What a browser means by origin, site and trustworthy, and which hosts the harness may talk to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from conformance.agents.protocol import CrashedError

_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_BLANKS = "".join(map(chr, range(0x21)))
"""C0 controls and the space."""
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})


def absolute(base: str, reference: str) -> str:
    """Return the address that `reference` means at `base` (WHATWG URL Standard 4.4).

    Unlike RFC 3986: blanks around and line ends and tabs inside are dropped, a backslash is a slash, and a
    scheme needs no slashes behind it to begin an address of another scheme. Raises CrashedError for what is
    no address.
    """
    try:
        found = _joined(base, reference)
        urlsplit(found).port  # noqa: B018 - reading it is what looks at it
    except ValueError as error:
        raise CrashedError(f"{reference!r} at {base} is not a usable address: {error}") from error
    return found


def _joined(base: str, reference: str) -> str:
    told = "".join(letter for letter in reference.strip(_BLANKS) if letter not in "\t\r\n")
    scheme, colon, rest = told.partition(":")
    if colon and scheme.lower() in _PORTS:
        rest = _with_slashes(rest)
        if scheme.lower() != urlsplit(base).scheme or rest.startswith("//"):
            return f"{scheme.lower()}://{rest.lstrip('/')}"
        return urljoin(base, rest)
    if colon and _SCHEME.fullmatch(scheme):
        return told
    told = _with_slashes(told)
    return urljoin(base, f"//{told.lstrip('/')}" if told.startswith("//") else told)


def _with_slashes(reference: str) -> str:
    """Return the reference with slashes for backslashes, which mean themselves behind a `?` or `#`."""
    end = next((place for place, letter in enumerate(reference) if letter in "?#"), len(reference))
    return reference[:end].replace("\\", "/") + reference[end:]


def origin(url: str) -> str:
    """Return `scheme://host[:port]` of `url`, without a default port; "null" unless it is http or https."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        return "null"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.port is None or parts.port == _PORTS[parts.scheme]:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{parts.port}"


def host(url: str) -> str:
    """Return the lower-case host of `url`, without port; "" when there is none."""
    return urlsplit(url).hostname or ""


def is_ip(name: str) -> bool:
    """Tell whether a host is an IP address literal."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Tell whether a host can only be this machine (RFC 6761 section 6.3 for `localhost`)."""
    if is_ip(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def is_trustworthy(url: str) -> bool:
    """Tell whether `url` is potentially trustworthy (W3C Secure Contexts section 3.1): https or loopback."""
    return urlsplit(url).scheme == "https" or is_loopback(host(url))


def public_suffix(name: str) -> str:
    """Return the public suffix of a domain by a rule of thumb: the last label, or two as in `co.uk`.

    The Public Suffix List is not consulted; private suffixes such as `github.io` count as ordinary domains.
    """
    labels = name.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return ".".join(labels[-2:])
    return labels[-1]


def registrable(name: str) -> str:
    """Return the registrable domain of a host; an IP address or a single label stands for itself."""
    if is_ip(name) or "." not in name:
        return name
    suffix_labels = public_suffix(name).count(".") + 1
    return ".".join(name.split(".")[-suffix_labels - 1 :])


def same_site(one: str, other: str) -> bool:
    """Tell whether two URLs are schemefully same-site (HTML standard, "same site"); ports do not count."""
    return (urlsplit(one).scheme, registrable(host(one))) == (
        urlsplit(other).scheme,
        registrable(host(other)),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """The hosts that an agent may talk to: loopback always, others by name, `*` for every host."""

    hosts: frozenset[str] = frozenset()

    def allows(self, url: str) -> bool:
        """Tell whether the harness may send a request to `url`."""
        name = host(url)
        return "*" in self.hosts or is_loopback(name) or name in self.hosts

    @property
    def is_local(self) -> bool:
        """Whether nothing but this machine may be reached."""
        return not self.hosts
