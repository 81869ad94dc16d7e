"""The providers' keys in the clear: unsealed after an event, held shortly, forgotten with the first change."""
