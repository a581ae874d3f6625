"""Alex: a rehearsal room for difficult conversations in schools."""

__version__ = "0.1.0"
