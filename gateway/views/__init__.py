"""The gateway's screens in the console."""
