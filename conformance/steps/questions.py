"""Ask the platform about its screens and its API, and judge what the answer yields."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conformance.agents.protocol import CrashedError, NoAnswerError, UserAgent
from conformance.catalogue.ask import Ask
from conformance.checks.observe import origin
from conformance.checks.pages import hidden_field, sibling_origin
from conformance.judge import Circumstances, judge, judge_state
from conformance.model import Check, Expectation, Expected, Level, Observation, Outcome, Place
from conformance.steps.arena import Arena
from conformance.targets.protocol import Answer
from conformance.targets.questions import read_answer
from conformance.targets.schema import BrowserForm, Question
from conformance.template import fill

_Browser = Callable[[], UserAgent]
"""Gives the browser of the person who asks."""


def put_question(
    arena: Arena, args: Ask, browser: _Browser, kept: dict[str, Any], given: Circumstances
) -> list[Check]:
    """Ask, judge, and keep in `kept` what the step remembers.

    Raises MissingCapabilityError for a question that the target file does not have, and LookupError for a
    field that its question does not yield.
    """
    names = {**arena.names(), **kept}
    title = args.title or f"{args.what.replace('-', ' ')}{f', asked by {args.who}' if args.who else ''}"
    with_values = fill(args.given, names)
    question = arena.session.question(args.what, with_values)
    _check_fields(args, question)
    try:
        answer = _answer(arena, args, question, browser, with_values)
    except CrashedError as error:
        return [_no_answer(title, Outcome.CRASHED, str(error), given)]
    except NoAnswerError as error:
        return [_no_answer(title, Outcome.NO_ANSWER, str(error), given)]
    kept.update({name: answer.fields[field] for name, field in args.remember.items()})
    return list(_judged(title, args, answer, names, given.level))


def _check_fields(args: Ask, question: Question) -> None:
    unknown = {*args.equals, *args.differs, *args.remember.values()} - {*question.yields, "status"}
    if unknown:
        raise LookupError(
            f"the question `{args.what}` does not yield {', '.join(sorted(unknown))}; "
            f"it yields {', '.join(['status', *question.yields])}"
        )


def _answer(
    arena: Arena, args: Ask, question: Question, browser: _Browser, given: Mapping[str, Any]
) -> Answer:
    if question.requests:
        return arena.session.ask(question, arena.account(args.who) if args.who else None, given)
    agent = browser()
    if question.send:
        submit_form(agent, arena.session.form(question.send, given), "own")
    else:
        agent.open(question.open)
    return read_answer(question, agent.page.status, {}, agent.page.html)


def submit_form(agent: UserAgent, form: BrowserForm, source: str) -> None:
    """Submit a form of the platform: from its `own` page with that page's token, or from `elsewhere`."""
    fields = dict(form.fields)
    if source == "own" and form.token_page:
        fields |= hidden_field(agent.open(form.token_page), form.token_field)
    site = origin(form.url) if source == "own" else sibling_origin(form.url)
    agent.post(form.url, fields, from_site=site)


def _no_answer(title: str, outcome: Outcome, text: str, given: Circumstances) -> Check:
    seen = Observation(outcome, Place.SESSION, code=text[:200])
    return judge(title, Expectation(Expected.EITHER), seen, given)


def _judged(title: str, args: Ask, answer: Answer, names: Mapping[str, Any], level: Level) -> Iterator[Check]:
    if "status" not in args.equals and "status" not in args.differs and not 200 <= answer.status < 300:
        yield judge_state(f"{title}: status", "a success (2xx)", str(answer.status), level)
        return  # the fields of an error page say nothing
    if answer.status >= 500 and args.equals.get("status") != answer.status:
        yield judge_state(f"{title}: status", "a controlled answer", str(answer.status), level)
        return
    for field, value in fill(args.equals, names).items():
        yield judge_state(f"{title}: {field}", _shown(value), _shown(answer.fields[field]), level)
    for field, value in fill(args.differs, names).items():
        expected, seen = f"anything but {_shown(value)}", _shown(answer.fields[field])
        yield judge_state(f"{title}: {field}", expected, expected if seen != _shown(value) else seen, level)
    yield from _judged_words(title, args, answer, names, level)


def _judged_words(
    title: str, args: Ask, answer: Answer, names: Mapping[str, Any], level: Level
) -> Iterator[Check]:
    text = answer.text.casefold()
    for word in fill(args.says, names):
        expected = f"says {word}"
        seen = expected if str(word).casefold() in text else f"does not say it: {answer.text[:200]}"
        yield judge_state(title, expected, seen, level)
    yield from hidden_words(title, args.hides, names, answer.text, level)


def hidden_words(
    title: str, hides: Sequence[str], names: Mapping[str, Any], text: str, level: Level
) -> Iterator[Check]:
    """Judge that words, their `{names}` filled in, stand nowhere in a text. Raises LookupError."""
    for name, word in zip(hides, fill(list(hides), names), strict=True):
        if not word:
            raise LookupError(f"`hides: {name}` is empty here: nothing would be looked for")
        expected = f"does not show {name}"
        yield judge_state(title, expected, expected if str(word) not in text else f"shows {name}", level)


def _shown(value: Any) -> str:  # noqa: ANN401  (a value of YAML or of an answer)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
