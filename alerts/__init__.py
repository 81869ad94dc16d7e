"""Rules over the log, the channels that tell of what they find, and the alerts themselves."""
