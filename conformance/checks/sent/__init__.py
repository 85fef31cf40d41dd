"""What the platform sends, judged: one small pure function a requirement, found by its name."""
