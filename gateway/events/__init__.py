"""The gateway's refusals and alarms as events, folded and written apart from the requests."""
