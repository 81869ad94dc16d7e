"""From the log to alerts: read what is new, see what a rule counts, judge whether it is enough."""
