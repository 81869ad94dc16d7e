"""Key ceremonies: rare acts on the key ring, one at a time, each safe to repeat and written to the audit log."""
