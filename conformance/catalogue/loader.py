"""Read every scenario file into cases, or say everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from conformance.catalogue.answer_verbs import HoldLogin
from conformance.catalogue.problems import CatalogueError, Problem, unknown
from conformance.catalogue.rehearsal import Day, Rehearsal
from conformance.catalogue.rules import check
from conformance.catalogue.schema import CaseSpec, ScenarioFile
from conformance.catalogue.variants import shapes
from conformance.catalogue.verbs import DESTRUCTIVE_VERBS, NEEDS, VERBS, ImportMetadata, Login, Logout, Meter
from conformance.catalogue.vocabulary import Vocabulary, read_vocabulary
from conformance.catalogue.yaml_lines import Document
from conformance.model import Case, FaultSpec, Step
from conformance.yaml12 import DuplicateKeyError

_OF_ONE_LOGIN = frozenset({"expect", "place", "persona", "victim"})
_NOT_SCENARIOS = frozenset({"roster.yaml"})


def load_catalogue(scenarios: Path) -> tuple[Case, ...]:
    """Read all cases below the scenarios folder, in file order. Raises CatalogueError with every problem."""
    words = read_vocabulary(scenarios)
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in sorted(scenarios.rglob("*.yaml")):
        relative = path.relative_to(scenarios)
        if str(relative) in _NOT_SCENARIOS or relative.parts[0] == "schema":
            continue
        try:
            cases.extend(_load_file(path, relative, words))
        except CatalogueError as error:
            problems.extend(error.problems)
    problems.extend(_duplicates(cases))
    if problems:
        raise CatalogueError(problems)
    return tuple(cases)


def _defaults(defaults: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
    """Return what a file's defaults say for this case: what they say of one login is nothing to a journey."""
    if "steps" not in written:
        return defaults
    return {name: value for name, value in defaults.items() if name not in _OF_ONE_LOGIN}


def _duplicates(cases: list[Case]) -> Iterator[Problem]:
    seen: dict[str, Case] = {}
    for case in cases:
        if case.id in seen:
            first = seen[case.id]
            yield Problem(
                case.file, case.line, f"id `{case.id}` is taken already, by {first.file}:{first.line}"
            )
        seen.setdefault(case.id, case)


def _load_file(path: Path, relative: Path, words: Vocabulary) -> list[Case]:
    name = f"scenarios/{relative.as_posix()}"
    try:
        document = Document(path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        prefix = "" if isinstance(error, DuplicateKeyError) else "not valid YAML: "
        raise CatalogueError([Problem(name, line, f"{prefix}{error.problem}")]) from None
    try:
        content = ScenarioFile.model_validate(document.data)
    except ValidationError as error:
        raise CatalogueError(
            [
                Problem(name, document.line_of(entry["loc"]), _told(entry, ScenarioFile))
                for entry in error.errors()
            ]
        ) from None
    prefix = ".".join(relative.with_suffix("").parts)
    cases: list[Case] = []
    problems: list[Problem] = []
    for key, written in content.cases.items():
        for shape in shapes({**_defaults(content.defaults, written), **written}):
            place = _Place(f"{prefix}.{key}", shape.suffix, (key, shape.variant), name, document)
            made = _make_case(place, dict(shape.written), words)
            if isinstance(made, Case):
                cases.append(made)
            else:
                problems.extend(made)
    if problems:
        raise CatalogueError(problems)
    return cases


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a case is written."""

    written_id: str
    suffix: str
    key: tuple[str, str]
    """The case's key in the file, and its variant's."""
    file: str
    document: Document

    @property
    def case_id(self) -> str:
        return f"{self.written_id}{self.suffix}"

    @property
    def at(self) -> tuple[str, ...]:
        return ("cases", self.key[0])

    def line(self, *deeper: str | int) -> int:
        """Return the line of a field: the variant's own where it has one, else the case's."""
        in_variant = (*self.at, "variants", self.key[1])
        own = self.document.line_of((*in_variant, *deeper))
        return own if own > self.document.line_of(in_variant) else self.document.line_of((*self.at, *deeper))

    def problem(self, field: str | int, message: str, *deeper: str | int) -> Problem:
        return Problem(self.file, self.line(field, *deeper), f"{self.case_id}: {field}: {message}")


def _make_case(place: _Place, written: dict[str, Any], words: Vocabulary) -> Case | list[Problem]:
    try:
        spec = CaseSpec.model_validate(written)
    except ValidationError as error:
        return [
            Problem(
                place.file,
                place.line(*entry["loc"]),
                f"{place.key[0]}{place.suffix}: {_told(entry, CaseSpec)}",
            )
            for entry in error.errors()
        ]
    problems = [place.problem(field, message) for field, message in check(spec, words)]
    given, wrong_given = _make_steps(place, "given", spec.given)
    steps, wrong_steps = _make_steps(place, "steps", spec.steps)
    return problems + wrong_given + wrong_steps or _build(place, spec, given, steps, words)


def _make_steps(
    place: _Place, field: str, raw: list[dict[str, Any]]
) -> tuple[tuple[Step, ...], list[Problem]]:
    steps: list[Step] = []
    problems: list[Problem] = []
    for number, step in enumerate(raw):
        for verb, argument in step.items():
            if verb not in VERBS:
                continue  # told by the rules already, with the allowed names
            try:
                checked = VERBS[verb].validate_python(argument)
            except ValidationError as error:
                told = "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}".strip() for e in error.errors())
                problems.append(place.problem(field, f"{verb}: {told}", number))
            else:
                if verb == "second":
                    checked, wrong = _make_steps(place, field, argument)
                    problems.extend(wrong)
                if isinstance(checked, Rehearsal):
                    checked, wrong = _with_days(place, field, checked)
                    problems.extend(wrong)
                steps.append(Step(verb, checked, place.line(field, number)))
    return tuple(steps), problems


def _with_days(place: _Place, field: str, rehearsal: Rehearsal) -> tuple[Rehearsal, list[Problem]]:
    """Check what each day of a rehearsal does, in the same way as the steps of a journey."""
    days: list[Day] = []
    problems: list[Problem] = []
    for day in rehearsal.calendar:
        steps, wrong = _make_steps(place, field, day.does)
        days.append(day.model_copy(update={"steps": steps}))
        problems.extend(wrong)
    return rehearsal.model_copy(update={"calendar": days}), problems


def _build(
    place: _Place, spec: CaseSpec, given: tuple[Step, ...], steps: tuple[Step, ...], words: Vocabulary
) -> Case:
    rehearsals = [step.args for step in steps if isinstance(step.args, Rehearsal)]
    in_calendars = [step for rehearsal in rehearsals for day in rehearsal.calendar for step in day.steps]
    in_second = [inner for step in steps if step.verb == "second" for inner in step.args]
    verbs = {step.verb for step in (*given, *steps, *in_calendars, *in_second)}
    needs = {*spec.needs, f"configure_{spec.protocol}", *(NEEDS[verb] for verb in verbs if verb in NEEDS)}
    needs |= {f"metadata.{rehearsal.metadata}" for rehearsal in rehearsals if rehearsal.metadata}
    needs |= {f"act.{step.args.name}" for step in (*given, *steps, *in_second) if step.verb == "act"}
    needs |= {"api" for step in steps if isinstance(step.args, Meter) and step.args.api is not None}
    imported = [step.args for step in (*given, *steps) if isinstance(step.args, ImportMetadata)]
    needs |= {"import_metadata_text" for args in imported if args.by == "text"}
    needs |= {f"configure_{step.args}" for step in (*given, *steps) if step.verb == "protocol"}
    needs |= {f"ask.{step.args.what}" for step in steps if step.verb == "ask"}
    needs |= {"log_out_wish" for step in steps if isinstance(step.args, Logout) and step.args.wish}
    needs |= {step.args.needs for step in (*steps, *in_second) if step.verb == "sent" and step.args.needs}
    entered = [step.args for step in steps if isinstance(step.args, Login | HoldLogin)]
    needs |= {f"entrance.{args.through}" for args in entered if args.through}
    needs |= {f"form.{step.args.form}" for step in (*given, *steps) if step.verb == "form_post"}
    needs |= {"two_clients"} if spec.second_client else set()
    needs |= {"agents"} if _has_agents(spec, words) or verbs & {"meter", "rehearsal"} else set()
    fault = dict(spec.fault or {})
    second = spec.second_client
    return Case(
        id=place.case_id,
        row=place.written_id,
        title=spec.title,
        requirement=spec.requirement,
        why=spec.why,
        refs=tuple(spec.refs),
        basis=spec.basis,
        level=spec.level,
        severity=spec.severity,
        cls=spec.cls,
        protocol=spec.protocol,
        personalities=words.personalities_of(spec.personalities),
        chromium_personalities=(
            words.personalities_of(spec.chromium_personalities) if spec.chromium_personalities else None
        ),
        agents=tuple(spec.agents),
        expect=spec.expect,
        place=spec.place,
        says=tuple(spec.says),
        surface=spec.surface,
        persona=spec.persona,
        victim=spec.victim,
        fault=FaultSpec(fault.pop("name"), fault) if fault else None,
        given=given,
        steps=steps,
        start=spec.start,
        second_client=(second.idp, second.start) if second else None,
        crowd=spec.crowd,
        needs=frozenset(needs),
        destructive=bool(verbs & DESTRUCTIVE_VERBS),
        covers=tuple(spec.covers),
        fix=spec.fix,
        weaknesses=(spec.weakness,) if isinstance(spec.weakness, str) else tuple(spec.weakness),
        plan=spec.plan,
        baseline=spec.baselines[0] if spec.baselines else "",
        was=tuple(spec.was),
        file=place.file,
        line=place.document.line_of((*place.at, "variants", place.key[1])),
    )


def _has_agents(spec: CaseSpec, words: Vocabulary) -> bool:
    """Whether an agent plays, or the agents' address is used: a target may have users alone."""
    agents = {account.id for account in words.roster.values() if account.kind == "agent"}
    texts = set(_texts([spec.fault, spec.given, spec.steps]))
    people = {spec.persona, spec.victim} | texts
    return (
        spec.surface == "agent"
        or bool(people & {*agents, "agent"})
        or any("agent_" in text for text in texts)
    )


def _texts(value: object) -> Iterator[str]:
    """Yield every text in the values of a case as written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _told(entry: ErrorDetails, model: type[CaseSpec | ScenarioFile]) -> str:
    field = ".".join(str(part) for part in entry["loc"])
    message = entry["msg"]
    if entry["type"] == "extra_forbidden":
        allowed = [info.alias or name for name, info in model.model_fields.items()]
        message = unknown("key", str(entry["loc"][-1]), allowed)
    if entry["type"] == "missing":
        message = "missing: this field is mandatory for every case"
    return f"{field}: {message}"
