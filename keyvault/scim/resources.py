"""What the service speaks of: users, groups, and itself. What a directory sends besides is read over."""

from typing import Annotated, Any

from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Patch,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

LARGEST_PAGE = 200


class Name(ComplexAttribute):
    formatted: str | None = None
    """The full name; displayName says the same."""

    family_name: str | None = None
    """The family name."""

    given_name: str | None = None
    """The given name."""


class Email(ComplexAttribute):
    """Text, not :class:`pydantic.EmailStr`: that refuses the domains of Active Directory, such as ``.local``."""

    value: str | None = None
    """The address. One is kept: the primary, else the first."""

    type: str | None = None
    """Always ``work``."""

    primary: bool | None = None
    """True for the one that is kept."""


class GroupOfUser(ComplexAttribute):
    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The group's id."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The group's name."""


class User(Resource[AnyExtension]):
    """A person in the organization."""

    __schema__ = URN(USER)

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The directory's name of the person, as a rule the address."""

    name: Name | None = None
    """The components of the name."""

    display_name: str | None = None
    """The name that colleagues see."""

    active: bool | None = None
    """Whether the person is a member. False ends the membership, its sessions and its tokens."""

    emails: list[Email] | None = None
    """The address that the person signs in with."""

    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None
    """The directory's groups that the person is in."""


class Enterprise(Extension):
    """Of the enterprise extension, what is kept."""

    __schema__ = URN(ENTERPRISE)

    department: str | None = None
    """The organizational unit."""


class Member(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The user's id."""

    display: Annotated[str | None, Mutability.immutable] = None
    """The user's userName."""


class Group(Resource[Any]):
    """A group of the directory; it fills a team, or does what the mappings say."""

    __schema__ = URN(GROUP)

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """The name of the group and of the team that it fills."""

    members: list[Member] | None = None
    """The users in it. Groups in groups are not known here."""


Person = User[Enterprise]
"""A user with the enterprise extension: the form of requests and answers."""

# As Microsoft Entra and Okta write: attributes that are not known here are read over, a remove may name what it removes
# in its value, and a replace of an entry that is not there adds it.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=LARGEST_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="SCIM token",
            description="A token of the organization (kvscim_…), created in Settings, Provisioning.",
            primary=True,
        )
    ],
)

PROVIDER = ScimProvider(
    models=[User, Enterprise, Group],
    resource_types=[ResourceType.from_resource(Person), ResourceType.from_resource(Group)],
    config=CONFIG,
    policy=POLICY,
)
