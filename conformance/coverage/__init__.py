"""Which rows of the catalogue of requirements the scenarios cover, and whose suites have them too."""
