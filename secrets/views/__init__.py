"""The console's screens of projects and secrets."""
