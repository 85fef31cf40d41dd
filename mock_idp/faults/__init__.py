"""Deliberate faults. One decorated pure function is one fault; the modules are found by `registry`."""
