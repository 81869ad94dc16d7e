"""Acts of operators, who are in no organization: what they do in one is an event in its log, in their name."""

from keyvault.flows.operators.revoking import revoke_tokens

__all__ = ["revoke_tokens"]
