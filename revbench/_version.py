"""The version number, here only: the build reads it as text, before anything can be imported."""

__version__ = "0.1.0"
