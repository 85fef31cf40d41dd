"""User agents: one protocol, an HTTP driver and a Chromium driver. They browse; they never judge."""
