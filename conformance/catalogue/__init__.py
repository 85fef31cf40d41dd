"""The catalogue: scenario files read, checked and turned into cases; nothing runs here."""

from conformance.catalogue.loader import load_catalogue
from conformance.catalogue.problems import CatalogueError, Problem
from conformance.catalogue.selection import SelectionError, select
from conformance.catalogue.vocabulary import Vocabulary, read_vocabulary

__all__ = [
    "CatalogueError",
    "Problem",
    "SelectionError",
    "Vocabulary",
    "load_catalogue",
    "read_vocabulary",
    "select",
]
