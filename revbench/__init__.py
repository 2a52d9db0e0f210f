"""revbench."""
