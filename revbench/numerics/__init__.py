"""Numbers: what the host's libraries lack."""
