"""What the language knows how to do: tables, one row per primitive."""
