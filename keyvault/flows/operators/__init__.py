"""Acts of operators, who are in no organization: what they do in one is an event in its log, in their name."""

from keyvault.flows.operators.creating import add_operator, create_operator
from keyvault.flows.operators.revoking import revoke_tokens

__all__ = ["add_operator", "create_operator", "revoke_tokens"]
