"""Filling in and submitting HTML forms: which form, which values, which request. Both agents use it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml.html import HtmlElement

from conformance.agents.document import BUTTON_TYPES, Document, control_type, fold, is_disabled, labels
from conformance.agents.protocol import NotOnPageError
from conformance.agents.sites import absolute

URLENCODED = "application/x-www-form-urlencoded"
_OFF = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person would touch to submit: the form, the inputs to fill, and the button."""

    form: HtmlElement | None
    """None when the inputs stand outside of any form and only a script can send them."""
    inputs: Mapping[str, HtmlElement]
    button: HtmlElement | None
    """None when the form has no submit button and the Enter key submits it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """The request that a form makes."""

    method: str
    url: str
    pairs: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = field(default="")


def choose(document: Document, fields: Mapping[str, str], button: str = "") -> Choice:
    """Find the form that shows all the named fields, and the button. Raises NotOnPageError."""
    pressed = find_button(document, button) if button else None
    if not fields:
        form = form_of(document, pressed) if pressed is not None else next(document.root.iter("form"), None)
        if form is None and pressed is None:
            raise NotOnPageError(f"There is no form on {document.url}.")
        chosen_button = pressed if pressed is not None else _default_button(document, form)
        if chosen_button is None:
            raise NotOnPageError(
                f"The form on {document.url} has no button and no field was given to press Enter in."
            )
        return Choice(form, {}, chosen_button)
    groups: dict[HtmlElement | None, dict[str, HtmlElement]] = {}
    for element in document.inputs():
        _enter(groups.setdefault(form_of(document, element), {}), element, fields)
    wanted = set(fields)
    for form, inputs in groups.items():
        if wanted <= set(inputs):
            chosen = {name: inputs[name] for name in fields}
            return Choice(form, chosen, pressed if pressed is not None else _default_button(document, form))
    shown = ", ".join(sorted({name for inputs in groups.values() for name in inputs})) or "none"
    raise NotOnPageError(
        f"No form on {document.url} shows the field(s) {', '.join(sorted(wanted))}; "
        f"the fields shown are: {shown}."
    )


def find_button(document: Document, name: str, *, with_links: bool = False) -> HtmlElement:
    """Find a button (or link) by id, name, value or text, in this order. Raises NotOnPageError."""
    candidates = list(document.buttons())
    if with_links:
        candidates += document.links()
    tests: tuple[Callable[[HtmlElement], bool], ...] = (
        lambda e: e.get("id") == name,
        lambda e: e.get("name") == name,
        lambda e: name in labels(e) or fold(name) in labels(e),
    )
    for test in tests:
        for element in candidates:
            if test(element):
                return element
    shown = ", ".join(repr(label) for element in candidates for label in labels(element)) or "none"
    raise NotOnPageError(f"No button {name!r} on {document.url}; what can be pressed is: {shown}.")


def form_of(document: Document, control: HtmlElement) -> HtmlElement | None:
    """Return the form that a control belongs to: by its `form` attribute, else the form around it."""
    owner = control.get("form")
    if owner:
        for form in document.root.iter("form"):
            if form.get("id") == owner:
                return form
        return None
    return next(iter(control.iterancestors("form")), None)


def submission(
    document: Document,
    form: HtmlElement,
    button: HtmlElement | None = None,
    values: Mapping[str, str] | None = None,
) -> Submission:
    """Build the request of `form` (HTML standard, "form submission algorithm"), with `values` filled in.

    Raises NotOnPageError for `enctype=text/plain`, which no login form uses.
    """
    pairs = tuple(_successful(document, form, button, values or {}))
    target = _of_button(button, form, "action")
    url = absolute(document.base, target) if target.strip() else document.url
    if _of_button(button, form, "method").lower() != "post":
        without_query = urlsplit(url)._replace(query=encode(pairs)).geturl()
        return Submission("GET", without_query, pairs)
    kind = _of_button(button, form, "enctype").lower() or URLENCODED
    if kind == "text/plain":
        raise NotOnPageError(
            f"The form on {document.url} has enctype=text/plain, which the agents do not send."
        )
    if kind == "multipart/form-data":
        return _multipart(url, pairs)
    return Submission("POST", url, pairs, encode(pairs).encode("ascii"), URLENCODED)


def encode(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return pairs as browsers urlencode them (URL standard, section 5.2)."""
    return urlencode(pairs, safe="*").replace("~", "%7E")


def decode(body: str, content_type: str) -> dict[str, str]:
    """Return the fields of a urlencoded body; {} for any other body. The last of equal names wins."""
    if not content_type.lower().startswith(URLENCODED):
        return {}
    return dict(parse_qsl(body, keep_blank_values=True))


def is_checked(value: str) -> bool:
    """Tell whether a value given for a checkbox means that it is ticked."""
    return value.strip().lower() not in _OFF


def option_value(option: HtmlElement) -> str:
    """Return the value that an option submits."""
    value = option.get("value")
    return value if value is not None else fold(option.text_content())


def pick_option(element: HtmlElement, given: str) -> str:
    """Return the value of the option that has `given` as its value or text. Raises NotOnPageError."""
    options = list(element.iter("option"))
    for option in options:
        if given in (option_value(option), fold(option.text_content())):
            return option_value(option)
    known = ", ".join(repr(option_value(option)) for option in options)
    raise NotOnPageError(f"The field {element.get('name')} has no option {given!r}; it has {known}.")


def _enter(group: dict[str, HtmlElement], element: HtmlElement, fields: Mapping[str, str]) -> None:
    """Note an input under its name; among radio buttons the one with the wanted value."""
    name = element.attrib["name"]
    if control_type(element) == "radio" and name in fields and element.get("value", "on") != fields[name]:
        return
    group.setdefault(name, element)


def _default_button(document: Document, form: HtmlElement | None) -> HtmlElement | None:
    if form is None:
        return next(document.buttons(), None)
    for element in document.root.iter("input", "button"):
        if control_type(element) in {"submit", "image"} and form_of(document, element) is form:
            return None if is_disabled(element) else element
    return None


def _of_button(button: HtmlElement | None, form: HtmlElement, attribute: str) -> str:
    """Return a form attribute, as overridden by the button's `form…` attribute."""
    if button is not None and f"form{attribute}" in button.attrib:
        return str(button.attrib[f"form{attribute}"])
    return form.get(attribute, "")


def _successful(
    document: Document, form: HtmlElement, button: HtmlElement | None, values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the entry list of a form (HTML standard, "constructing the entry list")."""
    for element in document.root.iter("input", "select", "textarea", "button"):
        name = element.get("name", "")
        if form_of(document, element) is not form or is_disabled(element):
            continue
        kind = control_type(element)
        if kind in BUTTON_TYPES:
            if element is button and kind == "image":
                prefix = f"{name}." if name else ""
                yield from ((f"{prefix}x", "0"), (f"{prefix}y", "0"))
            elif element is button and name:
                yield name, element.get("value", "")
        elif name:
            yield from ((name, value) for value in _values_of(element, kind, values.get(name)))


def _values_of(element: HtmlElement, kind: str, given: str | None) -> list[str]:
    if kind == "select":
        return _selected(element, given)
    if kind == "checkbox":
        ticked = "checked" in element.attrib if given is None else is_checked(given)
        return [element.get("value", "on")] if ticked else []
    if kind == "radio":
        value = element.get("value", "on")
        return [value] if ("checked" in element.attrib if given is None else value == given) else []
    if kind == "file":
        return [""]
    if kind == "textarea":
        text = (element.text_content().removeprefix("\n")) if given is None else given
        return ["\r\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))]
    value = element.get("value", "") if given is None else given
    return [value if kind == "hidden" else value.replace("\r", "").replace("\n", "")]


def _selected(element: HtmlElement, given: str | None) -> list[str]:
    if given is not None:
        return [pick_option(element, given)]
    options = list(element.iter("option"))
    chosen = [o for o in options if "selected" in o.attrib]
    if "multiple" in element.attrib:
        return [option_value(o) for o in chosen]
    usable = chosen[-1:] or [o for o in options if "disabled" not in o.attrib][:1]
    return [option_value(o) for o in usable if "disabled" not in o.attrib]


def _multipart(url: str, pairs: tuple[tuple[str, str], ...]) -> Submission:
    boundary = "----WebKitFormBoundary" + secrets.token_hex(8)
    lines = []
    for name, value in pairs:
        quoted = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted}"\r\n\r\n{value}\r\n')
    body = "".join(lines) + f"--{boundary}--\r\n"
    return Submission("POST", url, pairs, body.encode(), f"multipart/form-data; boundary={boundary}")
