"""Who looks at requests before they are sent."""

from __future__ import annotations

from conformance.agents.protocol import Action, Exchange, Watcher


class Watchers:
    """The watchers of one agent, by URL prefix. Of those that match, the newest wins."""

    def __init__(self) -> None:
        self._watchers: dict[str, Watcher] = {}

    def add(self, prefix: str, watcher: Watcher) -> None:
        """Watch requests whose URL starts with `prefix`; a prefix watched before is watched anew."""
        self._watchers.pop(prefix, None)
        self._watchers[prefix] = watcher

    def clear(self) -> None:
        """Watch nothing any more."""
        self._watchers.clear()

    def find(self, url: str) -> Watcher | None:
        """Return the watcher of `url`."""
        return next((w for prefix, w in reversed(self._watchers.items()) if url.startswith(prefix)), None)

    def ask(self, exchange: Exchange) -> Action:
        """Ask the watcher of this request; one that nobody watches is sent."""
        watcher = self.find(exchange.url)
        return Action.SEND if watcher is None else watcher(exchange)
