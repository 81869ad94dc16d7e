"""What is stored: projects, their environments, the secrets in them and who may use those."""

from keyvault.secrets.models.grant import Grant
from keyvault.secrets.models.project import Environment, Project
from keyvault.secrets.models.secret import Secret, SecretExposure, SecretKind, SecretVersion, ValueType

__all__ = [
    "Environment",
    "Grant",
    "Project",
    "Secret",
    "SecretExposure",
    "SecretKind",
    "SecretVersion",
    "ValueType",
]
