"""What a baseline needs and this installation does not have."""


class Missing(Exception):
    """Said in the table, in place of a figure."""
