"""What a run leaves behind: the stream, redacted evidence, known failures. Rendering is in `report`."""
