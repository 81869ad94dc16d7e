"""The auditor's tool: :mod:`audit.verifier.kv_audit_verify` is one file that needs nothing else of KeyVault."""
