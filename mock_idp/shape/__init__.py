"""The shape of a message, which is its names and their order with values by kind; and comparing two."""
