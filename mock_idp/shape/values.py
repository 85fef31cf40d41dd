"""From a value to its kind. What is a protocol's vocabulary stays as it is; everything else is replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit

from mock_idp.shape.node import REDACTED

GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
INSTANT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d"
VOCABULARY_PREFIXES = (
    "urn:oasis:", "urn:ietf:", "urn:openid:", "urn:okta:", "urn:federation:", "http://www.w3.org/",
    "http://docs.oasis-open.org/", "http://schemas.microsoft.com/", "http://schemas.xmlsoap.org/",
    "http://auth0.com/", "https://pas.windows.net",
)  # fmt: skip
VOCABULARY_NAMES = {
    "@Version", "@use", "@version", "@encoding", "@WantAuthnRequestsSigned", "@protocolSupportEnumeration",
    "@xsi:type", "@PrefixList", "@Format", "@NameFormat", "kty", "use", "alg", "typ", "e", "ver",
    "token_type", "scope", "scp", "amr", "acr", "acct", "appidacr",
    "idtyp", "tenant_region_scope", "cloud_instance_name",
    "cloud_graph_host_name", "msgraph_host", "error", "api-version", "admin_consent", "auth:DisplayName",
    "suberror", "error_codes",
}  # fmt: skip
PROSE = {"auth:Description", "name", "family_name", "given_name", "nickname", "middle_name"}
"""Names whose values are words for people."""
APPLICATIONS_OWN = {
    "@Destination": "the application's URL",
    "@Recipient": "the application's URL",
    "@AssertionConsumerServiceURL": "the application's URL",
    "Audience": "the application's name",
    "nonce": "the application's value",
    "state": "the application's value",
    "RelayState": "the application's value",
}
"""Values that the application chose, so that nothing in them is the vendor's."""
BLACKENED = re.compile(r"^(sanitized|<.*>|)$|REDACTED|\.\.\.|EmailHidden|…|^\{EmailHidden\}$")
SAME_HOST = {"sts.windows-ppe.net": "sts.windows.net", "login.windows-ppe.net": "login.microsoftonline.com"}
FIXED_HOSTS = ("www.okta.com", "sts.windows.net", "graph.microsoft.com", "graph.windows.net")
VENDOR_HOST = re.compile(r"(^|\.)(okta|oktapreview|okta-emea)\.com$|^login\.microsoftonline\.com$")
IDP = "{idp}"


@dataclass(frozen=True)
class Context:
    """What a value may refer to: the IdP's own base URLs, and values with a name (IDs of this message)."""

    bases: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)


def kind_of(value: object, name: str, context: Context) -> str:
    """The kind of a scalar value of a member, attribute (`@Name`) or element called `name`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"boolean {'true' if value else 'false'}"
    if isinstance(value, int):
        if name in VOCABULARY_NAMES:
            return str(value)
        return "epoch seconds" if value >= 1_000_000_000 else "int"
    if isinstance(value, float):
        return "number"
    return _kind_of_text(str(value), name, context)


def _kind_of_text(text: str, name: str, context: Context) -> str:
    plain = name if name.startswith("@") else name.rpartition(":")[2]
    return (
        _referred(text, context)
        or _worded(text, name)
        or APPLICATIONS_OWN.get(plain)
        or (text if _is_vocabulary(text, name) else None)
        or (url_pattern(text, context) if "://" in text else None)
        or next((kind for test, kind in _FORMS if test(text)), None)
        or _measured(text)
    )


def _referred(text: str, context: Context) -> str | None:
    """What an ID names that is in this message."""
    if text in context.references:
        return f"same as {context.references[text]}"
    if text.startswith("#") and text[1:] in context.references:
        return f"# and {context.references[text[1:]]}"
    return None


def _worded(text: str, name: str) -> str | None:
    """The kinds that are told by what is missing or by who reads it."""
    if not text:
        return "empty"
    if name in PROSE:
        return "text"
    if name == "error_description" or name.endswith("StatusMessage"):
        return sentence(text)
    return REDACTED if BLACKENED.search(text) else None


def _is_vocabulary(text: str, name: str) -> bool:
    named = name in VOCABULARY_NAMES or name.endswith("_supported")
    return named or text.startswith(VOCABULARY_PREFIXES)


def _fully(pattern: str) -> Callable[[str], object]:
    return re.compile(f"(?:{pattern})\\Z").match


_FORMS: tuple[tuple[Callable[[str], object], str], ...] = (
    (_fully(GUID), "guid"),
    (_fully(f"_{GUID}"), "_ + guid"),
    (_fully(rf"spn:{GUID}"), "spn: + guid"),
    (_fully(INSTANT + r"\.\d{3}Z"), "instant in milliseconds"),
    (_fully(INSTANT + r"Z"), "instant in seconds"),
    (_fully(r"id\d{22,27}"), "id + digits"),
    (_fully(r"id\d{13}\.\d+"), "id + epoch milliseconds + . + digits"),
    (_fully(r"_[0-9a-f]{32}"), "_ + 32 hex"),
    (_fully(r"(0oa|00u|00o|00g|exk|aus)[0-9A-Za-z]{17}"), "Okta id"),
    (_fully(r"ID\.[\w-]{43}"), "ID. + base64url 43"),
    (_fully(r"AT\.[\w-]{43}\.oar\w{17}"), "AT. + base64url 43 + .oar + 17"),
    (_fully(r"AT\.[\w-]{43}"), "AT. + base64url 43"),
    (_fully(r"[01]\.A[\w-]+\.?[\w.-]*"), "ticket 0.A or 1.A"),
    (_fully(r"[^@\s/:]+@[^@\s/:]+\.[^@\s/:]+"), "email"),
    (_fully(r"\d{10}"), "epoch seconds as text"),
    (_fully(r"\d+"), "digits"),
    (_fully(r"\d{1,3}(\.\d{1,3}){3}"), "IP address"),
)


def _measured(text: str) -> str:
    if " " in text or len(text) < 16:
        return "text"
    if re.fullmatch(r"[A-Za-z0-9_-]+", text) and re.search(r"[A-Z0-9]", text):
        return f"base64url {len(text)}" if len(text) <= 64 else "base64url, long"
    if re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}", text):
        size = len(re.sub(r"\s|=", "", text)) * 6 // 8
        return f"base64 of {size} bytes" if size <= 512 else "base64, long"
    return "text"


def split_url(text: str) -> SplitResult:
    """The parts of a URL; all are empty when it is malformed (a host with brackets that are no address)."""
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", "", "", "")


def url_pattern(text: str, context: Context) -> str:
    """A URL whose IdP host is `{idp}` and whose path segments that name something are patterns."""
    for base in context.bases:
        if text == base or text.startswith((f"{base}/", f"{base}?")):
            return f"url {IDP}{_path(text.removeprefix(base))}"
    parts = split_url(text)
    if not parts.scheme:
        return "malformed URL"
    host = SAME_HOST.get(parts.hostname or "", parts.hostname or "")
    if VENDOR_HOST.search(host) and host not in FIXED_HOSTS:
        origin = IDP
    else:
        origin = f"{parts.scheme}://{host if host in FIXED_HOSTS else '{host}'}"
    query = f"?{parts.query}" if parts.query else ""
    return f"url {origin}{_path(parts.path + query)}"


def _path(path: str) -> str:
    bare, _, query = path.partition("?")
    segments = bare.split("/")
    for index, segment in enumerate(segments):
        previous = segments[index - 1] if index else ""
        segments[index] = _segment(segment, previous)
    names = "&".join(name for name, _ in parse_qsl(query, keep_blank_values=True))
    return "/".join(segments) + (f"?{names}" if names else "")


def _segment(segment: str, previous: str) -> str:
    if re.fullmatch(GUID, segment):
        return "{guid}"
    if re.fullmatch(r"exk[0-9A-Za-z]{17}", segment):
        return "{exk}"
    if re.fullmatch(r"0oa[0-9A-Za-z]{17}", segment):
        return "{0oa}"
    if previous == "oauth2" and re.fullmatch(r"default|aus[0-9A-Za-z]{17}", segment):
        return "{server}"
    if previous == "app" and segment:
        return "{label}"
    return segment


def sentence(text: str) -> str:
    """A vendor's sentence with its line ends shown, and what differs from case to case replaced."""
    shown = text.replace("\r\n", "\\r\\n").replace("\n", "\\n")
    shown = re.sub(r"'+\[?REDACTED\]?'+|'[^']*'", "'…'", shown)
    shown = re.sub(r"('…'|\{guid\})\([^()]*\)", r"\1(…)", shown)  # an application's ID and name
    shown = re.sub(rf"{GUID}|\[REDACTED\]", "{guid}", shown)
    shown = re.sub(INSTANT + r"(\.\d+)?Z", "{instant}", shown)
    shown = re.sub(r"\[[a-z_, ]+\]", "[…]", shown)
    return re.sub(r"\bin the client app settings: \S+", "in the client app settings: {url}", shown)
