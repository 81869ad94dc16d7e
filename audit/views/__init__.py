"""The log in the console: the timeline, one event, export."""
