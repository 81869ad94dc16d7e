"""Rows become :class:`gateway.model.Token` values in memory, and every change of them arrives here."""
