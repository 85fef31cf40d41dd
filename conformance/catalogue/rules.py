"""What a scenario must satisfy beyond its shape: names that exist, one fault, a control, two people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.catalogue import sent
from conformance.catalogue.problems import unknown
from conformance.catalogue.schema import CaseSpec
from conformance.catalogue.spec_refs import SOURCES, prefix_of
from conformance.catalogue.verbs import SAML_VERBS, STATE_VERBS, VERBS
from conformance.catalogue.vocabulary import CAPABILITIES, Vocabulary
from conformance.model import CLASSES, Expected

_OWNERS = {
    "tenant": "a tenant",
    "saml": "a SAML application",
    "oidc": "an OpenID Connect application",
    "persona": "a person at the IdP",
}

Finding = tuple[str, str]
"""The field that is wrong, and the sentence."""


def check(spec: CaseSpec, words: Vocabulary) -> Iterator[Finding]:
    """Yield every broken rule of one case."""
    yield from _check_names(spec, words)
    yield from _check_shape(spec, words)
    if spec.fault is not None:
        yield from _check_fault(spec, words)
    if spec.baselines and spec.protocol != "saml":
        yield "baselines", f"what is signed is a choice of SAML, this is an {spec.protocol} case"
    if spec.second_client is None and any("second" in step for step in spec.steps):
        yield "steps", "`second` plays in a second client: say `second_client: {idp: shared}` for this case"
    for field, steps in (("given", spec.given), ("steps", spec.steps)):
        for step in (*steps, *_in_second(steps)):
            yield from _check_step(field, step, words)
            yield from _check_protocol(field, spec.protocol, step)
            yield from _check_settings(field, spec.protocol, step, words)
            yield from _check_calendar(field, spec.protocol, step, words)
            yield from _check_login(field, spec.protocol, step, words)
            if isinstance(step.get("sent"), dict):
                yield from ((field, problem) for problem in sent.problems(step["sent"]))


def _in_second(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what is done in the second client; rules hold there too."""
    for step in steps:
        yield from step.get("second") or ()


def _check_names(spec: CaseSpec, words: Vocabulary) -> Iterator[Finding]:
    for personality in spec.personalities:
        if personality not in words.personalities and personality not in words.aliases:
            yield "personalities", unknown("personality", personality, words.personalities)
    yield from _check_chromium(spec, words)
    if spec.cls not in CLASSES:
        yield "class", unknown("class", spec.cls, CLASSES)
    for reference in spec.refs:
        if prefix_of(reference) is None:
            yield "refs", unknown("reference prefix", reference, SOURCES)
    for capability in spec.needs:
        if capability not in CAPABILITIES:
            yield "needs", unknown("capability", capability, CAPABILITIES)
    for field, person in (("persona", spec.persona), ("victim", spec.victim)):
        if person and person not in words.personas:
            yield field, unknown("persona", person, words.personas)


def _check_chromium(spec: CaseSpec, words: Vocabulary) -> Iterator[Finding]:
    field = "chromium_personalities"
    if spec.chromium_personalities is None:
        return
    if "chromium" not in spec.agents:
        yield field, "nothing is played in Chromium here: add it to `agents`, or remove this field"
    allowed = words.personalities_of(spec.personalities)
    for name in words.personalities_of(spec.chromium_personalities):
        if name not in allowed:
            yield field, unknown("personality of this case", name, allowed)


def _check_shape(spec: CaseSpec, words: Vocabulary) -> Iterator[Finding]:
    if spec.steps:
        for field in ("expect", "fault", "given", "place", "says"):
            if getattr(spec, field):
                yield field, f"a journey (`steps`) carries its expectations in its steps: remove `{field}`"
        if not any(_expects(step) for step in (*spec.steps, *_in_second(spec.steps))):
            yield "steps", "no step expects anything: a journey needs at least one login, meter or comparison"
    else:
        yield from _check_single(spec, words)


def _check_single(spec: CaseSpec, words: Vocabulary) -> Iterator[Finding]:
    if spec.expect is None:
        yield (
            "expect",
            "missing: say `expect: admitted`, `refused` or `either`, or write a journey as `steps`",
        )
    if not spec.persona:
        yield "persona", "missing: who sits at the browser?"
    elif spec.persona not in words.roster:
        yield "persona", unknown("account of the roster", spec.persona, words.roster)
    elif spec.expect is not Expected.ADMITTED and not _differs_from_control(spec, words):
        yield "fault", "a negative case needs a `fault` or a `given` state that its control does not have"
    if spec.says and spec.expect is Expected.ADMITTED:
        yield "says", "a login that must be admitted has no refusal that could name a cause"
    if spec.fault and spec.given:
        yield "fault", "one cause per case: a `fault` or a `given` state, not both"


def _differs_from_control(spec: CaseSpec, words: Vocabulary) -> bool:
    """Whether something makes this login differ from the same person's login at the own surface."""
    return bool(spec.fault or spec.given or words.roster[spec.persona].kind != spec.surface)


def _check_fault(spec: CaseSpec, words: Vocabulary) -> Iterator[Finding]:
    fault = dict(spec.fault or {})
    name = fault.pop("name", "")
    known = words.faults.get(name)
    if known is None:
        yield "fault", unknown("fault", str(name), words.faults)
        return
    if known["protocol"] != spec.protocol:
        yield "fault", f"`{name}` is a {known['protocol']} fault, this is a {spec.protocol} case"
    if known["class"] not in (spec.cls, "any"):
        yield "class", f"fault `{name}` is of class `{known['class']}`, this case says `{spec.cls}`"
    for parameter in fault:
        if parameter not in known["params"]:
            yield "fault", unknown(f"parameter of {name}", parameter, known["params"])
    for parameter, told in known["params"].items():
        if told["required"] and parameter not in fault:
            yield "fault", f"`{name}` needs the parameter `{parameter}`"
    if not spec.victim:
        yield "victim", "an attack needs two people: name the `victim` beside the `persona` at the browser"


def _check_step(field: str, step: dict[str, Any], words: Vocabulary) -> Iterator[Finding]:
    if len(step) != 1:
        yield (
            field,
            f"a step is one verb with its argument, as in `- switch: on`; got {', '.join(step) or 'none'}",
        )
        return
    ((verb, argument),) = step.items()
    if verb not in VERBS:
        yield field, unknown("verb", verb, VERBS)
    elif field == "given" and verb not in STATE_VERBS:
        yield field, unknown("state verb under `given`", verb, STATE_VERBS)
    who = argument.get("as") or argument.get("who") if isinstance(argument, dict) else None
    if who and who not in words.personas:
        yield field, unknown("persona", who, words.personas)
    if who and verb != "directory" and who not in words.roster:
        yield field, unknown("account of the roster", who, words.roster)


def _check_protocol(field: str, protocol: str, step: dict[str, Any]) -> Iterator[Finding]:
    for verb, argument in step.items():
        if verb in SAML_VERBS and protocol != "saml":
            yield field, f"`{verb}` is a verb of SAML cases, this is an {protocol} case"
        asks = argument.get("asks") or {} if isinstance(argument, dict) else {}
        foreign = {"parameters"} if protocol == "saml" else {"authn_contexts", "name_id_format"}
        for name in foreign.intersection(asks):
            yield field, f"`asks: {name}` has no meaning in a {protocol} case"


def _check_settings(field: str, protocol: str, step: dict[str, Any], words: Vocabulary) -> Iterator[Finding]:
    """Settings of the IdP exist under the names that the mock IdP gives them."""
    named: dict[str, Any] = {}
    if isinstance(step.get("directory"), dict):
        named["persona"] = [name for name in step["directory"] if name != "who"]
    if isinstance(step.get("idp"), dict):
        named |= {"tenant": step["idp"].get("tenant") or {}, protocol: step["idp"].get("app") or {}}
    for owner, names in named.items():
        for name in names:
            if name not in words.settings[owner]:
                yield field, unknown(f"setting of {_OWNERS[owner]}", name, words.settings[owner])


def _check_login(field: str, protocol: str, step: dict[str, Any], words: Vocabulary) -> Iterator[Finding]:
    """A login of a journey names people of the roster, and a fault of its protocol with its parameters."""
    for told in step.values():
        if not isinstance(told, dict):
            continue
        for person in (told.get("account"), told.get("beside")):
            if person and person not in words.roster:
                yield field, unknown("account of the roster", person, words.roster)
        fault = dict(told.get("fault") or {})
        name = fault.pop("name", "")
        if told.get("fault") and words.faults.get(name, {}).get("protocol") != protocol:
            yield field, unknown(f"{protocol} fault", str(name), words.faults)
        for parameter in fault:
            if name in words.faults and parameter not in words.faults[name]["params"]:
                yield field, unknown(f"parameter of {name}", parameter, words.faults[name]["params"])


def _check_calendar(field: str, protocol: str, step: dict[str, Any], words: Vocabulary) -> Iterator[Finding]:
    """The days of a rehearsal change state by known names; people and forgeries exist."""
    told = step.get("rehearsal")
    if not isinstance(told, dict):
        return
    for person in told.get("who") or ():
        if person not in words.roster:
            yield field, unknown("account of the roster", person, words.roster)
    for day in told.get("calendar") or ():
        for done in day.get("does") or ():
            yield from _check_step("given", done, words)
            yield from _check_settings(field, protocol, done, words)
        name = (day.get("forged") or {}).get("name", "")
        if day.get("forged") and words.faults.get(name, {}).get("protocol") != protocol:
            yield field, unknown(f"{protocol} fault", str(name), words.faults)


def _expects(step: dict[str, Any]) -> bool:
    return any(
        verb
        in {
            "meter",
            "config_is",
            "logout",
            "deep_link",
            "rehearsal",
            "ask",
            "sent",
            "token_requests",
            "hanging_logins",
        }
        or (isinstance(argument, dict) and "expect" in argument)
        for verb, argument in step.items()
    )
