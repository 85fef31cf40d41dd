"""The shapes of our own messages, kept in files, so that a change of what is sent is seen in review."""
