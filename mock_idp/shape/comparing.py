"""A file against a personality: produce the message of the same situation, and judge each difference.

A difference is explained only when the message, produced again with the named setting, is without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mock_idp.personalities.base import Personality
from mock_idp.shape import oidc_messages, saml_scene
from mock_idp.shape.copying import copied
from mock_idp.shape.difference import Difference, What, differences
from mock_idp.shape.explanations import Explanation, explanations_of
from mock_idp.shape.node import Kind
from mock_idp.shape.reading import Message, UnreadableError, read
from mock_idp.shape.scene import Produced, Scene, Setting, Settings
from mock_idp.shape.world import ProductionError


@dataclass(frozen=True)
class Finding:
    """A difference, and what reproduces it if that is known: `by` in words, and where it stands."""

    difference: Difference
    by: str = ""
    documented: str = ""


@dataclass(frozen=True)
class Comparison:
    """What was found, unexplained first, and the settings that were used on the way."""

    used: tuple[Setting, ...]
    findings: tuple[Finding, ...]

    @property
    def unexplained(self) -> tuple[Finding, ...]:
        """The findings that nothing explains."""
        return tuple(finding for finding in self.findings if not finding.by)


@dataclass
class _Trial:
    """The settings that explain something so far, which of them explains what, and what is left."""

    settings: Settings
    used: tuple[Setting, ...]
    left: list[Difference]
    explained: dict[Difference, Explanation] = field(default_factory=dict)


def produce(message: Message, personality: Personality, settings: Settings | None = None) -> Produced:
    """The personality's own message of the situation that the file shows, with `settings` besides.

    Raises NoSituationError where there is none, ProductionError where it does not come about."""
    scene = Scene.trying(personality, settings or Settings())
    make = saml_scene.produce if message.xml is not None else oidc_messages.produce
    return make(scene, message)


def compare(
    message: Message, personality: Personality, table: Sequence[Explanation] | None = None
) -> Comparison:
    """Every difference between the file and the personality's message. Raises NoSituationError."""
    trial = _tried(message, personality, Settings())
    hopeless: set[tuple[What, str]] = set()
    while open_ones := [found for found in trial.left if _key(found) not in hopeless]:
        better = _explained(trial, open_ones[0], message, personality, table)
        if better is None:
            hopeless.add(_key(open_ones[0]))
        else:
            trial = better
    findings = [Finding(difference) for difference in trial.left]
    findings += [
        Finding(difference, entry.by(trial.settings), entry.documented)
        for difference, entry in sorted(trial.explained.items(), key=lambda item: item[0].what)
    ]
    return Comparison(trial.used, tuple(findings))


def _explained(
    trial: _Trial,
    difference: Difference,
    message: Message,
    personality: Personality,
    table: Sequence[Explanation] | None,
) -> _Trial | None:
    """The trial with the first explanation under which `difference` is gone, None if there is none."""
    for entry in explanations_of(difference, personality.name, table):
        settings = entry.added_to(trial.settings, difference)
        if settings == trial.settings:
            continue
        better = _tried(message, personality, settings)
        left = {_key(found) for found in better.left}
        if _key(difference) not in left:
            gone = [found for found in trial.left if _key(found) not in left]
            better.explained = trial.explained | {
                found: _own(entry, explanations_of(found, personality.name, table)) for found in gone
            }
            return better
    return None


def _own(entry: Explanation, candidates: Sequence[Explanation]) -> Explanation:
    """The entry about this very difference that sets what `entry` sets, else `entry`."""
    return next((candidate for candidate in candidates if candidate.does_as(entry)), entry)


def _tried(message: Message, personality: Personality, settings: Settings) -> _Trial:
    try:
        produced = produce(message, personality, settings)
        shape = read(copied(produced.data, settings.copies), produced.bases).shape
    except (ProductionError, UnreadableError) as error:
        whole = Difference(What.MISSING, f"the whole {message.kind.value}", "", str(error))
        return _Trial(settings, (), [whole])
    tree = shape.tree
    if message.kind in (Kind.ID_TOKEN, Kind.ACCESS_TOKEN) and message.shape.tree.find("header") is None:
        tree = replace(tree, children=tuple(child for child in tree.children if child.name != "header"))
    return _Trial(settings, produced.used, differences(message.shape.tree, tree))


def _key(difference: Difference) -> tuple[What, str]:
    return difference.what, difference.path
