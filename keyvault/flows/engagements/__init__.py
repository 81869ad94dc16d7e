"""The last day of an engagement: notice before it, the end after it."""
