"""SCIM 2.0 (RFC 7643, RFC 7644) for the directory of an organization; the acts are in :mod:`keyvault.flows.scim`."""
