"""What an organization's directory does through SCIM: people and groups, created, changed, ended."""

from keyvault.flows.scim.facts import GroupFacts, KnownGroup, KnownPerson, PersonFacts
from keyvault.flows.scim.groups import apply_mappings, change_group, create_group, remove_group
from keyvault.flows.scim.people import change_person, create_person, remove_person

__all__ = [
    "GroupFacts",
    "KnownGroup",
    "KnownPerson",
    "PersonFacts",
    "apply_mappings",
    "change_group",
    "change_person",
    "create_group",
    "create_person",
    "remove_group",
    "remove_person",
]
