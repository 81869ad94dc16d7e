"""Baseline *plain*: an ordinary DRF project on the same tables."""
