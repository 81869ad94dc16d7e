"""The operators' admin, /admin/: people, tokens, organizations, the log and jobs of the whole installation."""
