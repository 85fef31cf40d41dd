"""What cases are made of in action: arenas, login attempts, the lock-out meter, journeys."""
