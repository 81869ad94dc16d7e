"""Tags of the pages about tokens."""
