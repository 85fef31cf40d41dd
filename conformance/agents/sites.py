"""What a browser means by origin, site and trustworthy, and which hosts the harness may talk to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from conformance.agents.protocol import CrashedError

_PORTS = {"http": 80, "https": 443}
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})


def absolute(base: str, reference: str) -> str:
    """Return the address that `reference` means at `base`. Raises CrashedError where it is none."""
    try:
        found = urljoin(base, reference.strip())
        urlsplit(found).port  # noqa: B018 - reading it is what looks at it
    except ValueError as error:
        raise CrashedError(f"{reference!r} at {base} is not a usable address: {error}") from error
    return found


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
