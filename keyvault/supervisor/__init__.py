"""One machine's whole KeyVault under one process: ``manage.py up``."""
