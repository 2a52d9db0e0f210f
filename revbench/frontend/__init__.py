"""Python text -> IR."""
