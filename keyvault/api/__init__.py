"""The API: how it authenticates, reads, answers, refuses and describes itself. The endpoints stand in the apps."""
