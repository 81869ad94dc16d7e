"""The console's frame, and the screens that belong to no one room: overview, search, appearance."""
