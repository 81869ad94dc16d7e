"""The tokens of an organization in the console."""
