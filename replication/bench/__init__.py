"""`make bench`: engines side by side on this machine, in the README's table and data/reduced/bench*.csv."""

from .subjects import SUBJECTS, Subject

__all__ = ["SUBJECTS", "Subject"]
