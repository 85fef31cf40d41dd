"""How Chromium is driven: its requests, when it is at rest, what it shows. The agent is in `browser`."""
