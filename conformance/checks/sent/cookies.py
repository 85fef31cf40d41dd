"""Whether the cookies of a login are kept from scripts, from other sites' requests and from plain HTTP."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.checks.sent.messages import Message, Sent
from conformance.checks.sent.registry import sent_check


@sent_check("cookies-kept-from-scripts", "cookies")
def kept_from_scripts(sent: Sent) -> str:
    """Every cookie of the login has HttpOnly."""
    return _lacking(sent, "httponly")


@sent_check("cookies-kept-from-other-sites", "cookies")
def kept_from_other_sites(sent: Sent) -> str:
    """Every cookie of the login says SameSite, and what is None there is Secure too."""
    for message in _set(sent):
        attributes = _attributes(message)
        site = attributes.get("samesite", "").lower()
        if site not in ("lax", "strict") and not (site == "none" and "secure" in attributes):
            return f"the cookie {_name(message)} has SameSite {site or 'nowhere'}"
    return ""


@sent_check("cookies-secure-under-https", "cookies")
def secure_under_https(sent: Sent) -> str:
    """Every cookie that is set over https has Secure."""
    return _lacking(sent, "secure", scheme="https")


@sent_check("cookies-of-this-host-alone", "cookies")
def of_this_host_alone(sent: Sent) -> str:
    """No cookie has a Domain; over https one of the Path / says so by __Host- (RFC 6265bis 4.1.3.2).

    Browsers refuse the prefix without Secure, so over http it cannot be wanted; nor with a narrower Path.
    """
    for message in _set(sent):
        attributes, name = _attributes(message), _name(message)
        if attributes.get("domain"):
            return f"the cookie {name} is for every host below {attributes['domain']}"
        could = urlsplit(message.url).scheme == "https" and attributes.get("path") == "/"
        if could and not name.startswith("__Host-"):
            return f"the cookie {name} has the Path / and no prefix __Host-"
    return ""


def _lacking(sent: Sent, attribute: str, scheme: str = "") -> str:
    for message in _set(sent):
        due = not scheme or urlsplit(message.url).scheme == scheme
        if due and attribute not in _attributes(message):
            return f"the cookie {_name(message)} has no {attribute}"
    return ""


def _set(sent: Sent) -> list[Message]:
    """Return the cookies that are given, without those that are taken away again."""
    return [message for message in sent.of("cookies") if _attributes(message).get("max-age") != "0"]


def _name(message: Message) -> str:
    return message.text.partition("=")[0].strip()


def _attributes(message: Message) -> dict[str, str]:
    parts = (part.partition("=") for part in message.text.split(";")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in parts}
