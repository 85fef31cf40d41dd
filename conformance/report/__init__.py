"""Reads a run stream and renders it: HTML, JUnit, Markdown, terminal. Judges and runs nothing."""

from conformance.report.render import build

__all__ = ["build"]
