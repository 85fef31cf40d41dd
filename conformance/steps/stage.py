"""What one worker plays on: the target, the mock IdP, the user agents, and the arenas that cases share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from conformance.agents.protocol import AgentFactory
from conformance.catalogue.vocabulary import Vocabulary
from conformance.idp_client import IdpClient
from conformance.model import Account, Observation, Place, Run
from conformance.steps.arena import Arena
from conformance.steps.browsers import Browsers
from conformance.steps.canary import Canary
from conformance.steps.crowd import crowd
from conformance.steps.stopwatch import Stopwatch
from conformance.targets.protocol import Target

ControlKey = tuple[str, str, str, str]


class Stage:
    """Everything that outlives a case in one worker. `factories` make user agents, by name."""

    def __init__(
        self,
        *,
        target: Target,
        idp: IdpClient,
        factories: Mapping[str, AgentFactory],
        words: Vocabulary,
        run_dir: Path,
        replay_command: str,
        tls_dir: str = "",
    ) -> None:
        self.target = target
        self.idp = idp
        self.browsers = {name: Browsers(factory) for name, factory in factories.items()}
        self.words = words
        self.run_dir = run_dir
        self.tls_dir = tls_dir
        """Certificates of an authority that the target trusts; empty where it does not."""
        self.replay_command = replay_command
        """The command that replays one case; `{case}`, `{personality}` and `{agent}` are filled in."""
        self.controls: dict[ControlKey, Observation] = {}
        """What control logins led to, by arena, surface, account and agent."""
        self.baselines: dict[str, tuple[str, ...]] = {}
        """Which signing baselines the target admits, by personality, once that was tried."""
        self.stopwatch = Stopwatch()
        self.canary = Canary()
        self._shared: dict[tuple[str, str, str], Arena] = {}
        self._stack = ExitStack()

    @property
    def roster(self) -> tuple[Account, ...]:
        """Everybody whom the platform knows."""
        return tuple(self.words.roster.values())

    def shared_arena(self, personality: str, protocol: str, baseline: str = "") -> Arena:
        """Return the arena in which cases that change nothing play: completely set up, switch on.

        There is one for each signing `baseline` of SAML.
        """
        key = (personality, protocol, baseline)
        if key not in self._shared:
            fresh = self.fresh_arena(personality, protocol, "enabled", baseline=baseline)
            self._shared[key] = self._stack.enter_context(fresh)
        return self._shared[key]

    @contextmanager
    def fresh_arena(
        self, personality: str, protocol: str, start: str, crowd_size: int = 0, baseline: str = ""
    ) -> Iterator[Arena]:
        """Give an arena of the case's own, with so many people more, and remove it afterwards."""
        with self.stopwatch.part("arena"):
            people = (*self.roster, *crowd(crowd_size))
            arena = Arena(self.target, self.idp, personality, protocol, people, signs=baseline)
            arena.canary = self.canary
        try:
            with self.stopwatch.part("arena"):
                arena.set_up(start)
            yield arena
        finally:
            with self.stopwatch.part("arena"):
                arena.close()

    @contextmanager
    def second_client(self, arena: Arena, idp: str, start: str) -> Iterator[None]:
        """Give an arena a second client for a while, at the same tenant of the IdP or at one of its own."""
        with self.stopwatch.part("arena"):
            beside = arena if idp == "shared" else None
            second = Arena(
                self.target, self.idp, arena.personality, arena.protocol, self.roster, beside=beside
            )
            second.canary = self.canary
        try:
            with self.stopwatch.part("arena"):
                second.set_up(start)
            arena.second = second
            yield
        finally:
            arena.second = None
            with self.stopwatch.part("arena"):
                second.close()

    def missing_capability(self, run: Run) -> str:
        """Say why this run does not apply to the target; empty when it does."""
        missing = sorted(run.case.needs - self.target.capabilities)
        if missing:
            return f"target {self.target.name} has no capability {', '.join(missing)}"
        if run.case.destructive and not self.target.allow_destructive:
            return f"target {self.target.name} lacks `allow_destructive: true`; this case locks people out"
        return ""

    def words_due(self, says: Sequence[str], seen: Observation) -> tuple[str, ...]:
        """Return what this refusal must name: nothing where the platform does not claim to tell causes."""
        told_by_idp = seen.place is Place.IDP
        return tuple(says) if told_by_idp or "diagnosis" in self.target.capabilities else ()

    def close(self) -> None:
        """Remove the shared arenas and end the browsers."""
        self._stack.close()
        for browsers in self.browsers.values():
            browsers.close()
        self.target.close()
        self.idp.close()
        self.canary.close()
