"""Programs that run beside this one: how they start, answer and end. Imports no Django."""
