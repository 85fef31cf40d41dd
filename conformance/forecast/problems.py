"""What is wrong with an input file, told so that a person can mend it."""

from __future__ import annotations


class InputError(Exception):
    """A file cannot be used: where (file, line, column), what was expected, what came, what to do next."""

    def __init__(
        self, file: str, *, expected: str, found: str, do: str, line: int = 0, column: str = ""
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found
        self.do = do
        super().__init__(str(self))

    @property
    def where(self) -> str:
        """Return `file`, `file:line` or `file:line, column NAME`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}, column {self.column}" if self.column else place

    def __str__(self) -> str:
        """Read as four lines: where, what was expected, what came, what to do."""
        return f"{self.where}\n  expected: {self.expected}\n  found:    {self.found}\n  do:       {self.do}"
