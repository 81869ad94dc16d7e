"""Sweeps: what the calendar asks for, looked for at intervals, done row by row, safe to do twice or late."""
