"""Carry out the verbs that only change state: at the platform or at the IdP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.catalogue.verbs import Act, Directory, Idp, ImportMetadata, Save
from conformance.catalogue.vocabulary import Vocabulary
from conformance.model import Step
from conformance.steps.arena import Arena
from conformance.template import fill


def apply_state(arena: Arena, step: Step) -> None:
    """Carry out a state verb. Raises LookupError for a verb that is none."""
    match step.verb, step.args:
        case "directory", Directory(who=who) as change:
            arena.tenant.persona(who, change.changes)
        case "idp", Idp() as change:
            arena.change_idp(change.model_copy(update={"tenant": fill(change.tenant, arena.names())}))
        case "act", Act(name=name, who=who, given=given):
            arena.session.act(name, arena.account(who) if who else None, given)
        case "save", Save(omit=omit, keep=keep, values=values):
            arena.save(omit, values, keep)
        case "import_metadata", ImportMetadata(url=url):
            _import(arena, url)
        case (
            "switch" | "customer_care" | "idp_app" | "protocol" | "clock" | "link_logout"
        ) as verb, argument:
            _SIMPLE[verb](arena, argument)
        case verb, _:
            raise LookupError(f"`{verb}` is not a verb that changes state")


_SIMPLE: dict[str, Callable[[Arena, Any], None]] = {
    "switch": lambda arena, position: arena.session.set_sso(position == "on"),
    "customer_care": lambda arena, _act: arena.session.recover(),
    "idp_app": lambda arena, state: arena.app(state),
    "protocol": lambda arena, protocol: arena.change_protocol(protocol),
    "clock": lambda arena, clock: arena.go_ahead(clock.hours),
    "link_logout": lambda arena, _sides: arena.link_logout(),
}


def _import(arena: Arena, url: str) -> None:
    sentence = arena.import_metadata(url)
    if sentence:
        raise LookupError(f"the platform did not take the metadata: {sentence}")


def undo_directory(arena: Arena, step: Step, words: Vocabulary) -> None:
    """Give a person of the IdP's directory the catalogue's values again."""
    arena.tenant.persona(step.args.who, dict(words.personas[step.args.who]))
