"""The engine: pytest's hooks that turn cases into tests and results into the run stream."""
