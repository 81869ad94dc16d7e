"""Alerts in the API."""
