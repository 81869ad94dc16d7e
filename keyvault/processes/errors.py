"""The one way a start fails: with a sentence for whoever typed the command."""


class CannotStart(Exception):
    """Something this machine lacks or holds stands in the way; the text says what, and how to repair it."""
