"""A file against a personality: produce the message of the same situation, and judge each difference."""

from __future__ import annotations

from dataclasses import dataclass

from mock_idp.personalities.base import Personality
from mock_idp.shape import oidc_messages, saml_scene
from mock_idp.shape.difference import Difference, What, differences
from mock_idp.shape.explanations import Explanation, explanation_of
from mock_idp.shape.reading import Message
from mock_idp.shape.scene import Produced, Scene, Setting
from mock_idp.shape.world import ProductionError


@dataclass(frozen=True)
class Finding:
    """A difference, and why it is no mistake if that is known."""

    difference: Difference
    explanation: Explanation | None


@dataclass(frozen=True)
class Comparison:
    """What was found, unexplained first, and the settings that were used on the way."""

    used: tuple[Setting, ...]
    findings: tuple[Finding, ...]

    @property
    def unexplained(self) -> tuple[Finding, ...]:
        """The findings that nothing explains."""
        return tuple(finding for finding in self.findings if finding.explanation is None)


def produce(message: Message, personality: Personality) -> Produced:
    """The personality's own message of the situation that the file shows.

    Raises NoSituationError where there is none, ProductionError where it does not come about."""
    scene = Scene(personality)
    make = saml_scene.produce if message.xml is not None else oidc_messages.produce
    return make(scene, message)


def compare(message: Message, personality: Personality) -> Comparison:
    """Every difference between the file and the personality's message. Raises NoSituationError."""
    try:
        produced = produce(message, personality)
    except ProductionError as error:
        whole = Difference(What.MISSING, f"the whole {message.kind.value}", "", str(error))
        return Comparison((), (Finding(whole, explanation_of(whole, personality.name)),))
    found = (
        Finding(difference, explanation_of(difference, personality.name))
        for difference in differences(message.shape.tree, produced.shape.tree)
    )
    ordered = sorted(found, key=lambda finding: finding.explanation is not None)
    return Comparison(produced.used, tuple(ordered))
