"""IR -> something that runs."""
