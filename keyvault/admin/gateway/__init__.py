"""The operators' pages on the gateway: where it leads, what it knows of models and tools, what was used and may be."""
