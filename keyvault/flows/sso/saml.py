"""SAML 2.0 as a service provider: python3-saml in its strict mode, and what that still leaves open closed.

The provider's facts come from uploaded metadata; nothing is fetched. A response counts once, for the request that this
browser has begun, and only what a signed assertion says is read.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from keyvault.flows.sso.identity import Address, Identity
from keyvault.flows.sso.links import acs_url, metadata_url
from orgs.models import Connection
from orgs.sign_on.configurations import SamlConfiguration, configuration_of

_CHANGING = {Saml.NAMEID_TRANSIENT, Saml.NAMEID_EMAIL_ADDRESS}
_EMAIL = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "email",
    "mail",
)
_NAME = ("urn:oid:2.16.840.1.113730.3.1.241", "http://schemas.microsoft.com/identity/claims/displayname", "displayName")
_CONFIRMATION = f"/saml:Subject/saml:SubjectConfirmation[@Method='{Saml.CM_BEARER}']/saml:SubjectConfirmationData"


class SamlRefused(Exception):
    """The response does not hold; the sentence is for whoever tests the connection."""


@dataclass(frozen=True, slots=True)
class SignOnRequest:
    """``url`` is where the browser goes; ``id`` is what the answer must name."""

    url: str
    id: str


def begin(connection: Connection, *, fresh: bool = False) -> SignOnRequest:
    """``fresh`` asks for the person's credentials though they are signed in there (ForceAuthn, Core §3.4.1)."""
    auth = OneLogin_Saml2_Auth(_request_at(acs_url(connection)), _settings(connection))
    return SignOnRequest(url=auth.login(return_to="", force_authn=fresh), id=auth.get_last_request_id())


def answered_request(connection: Connection, message: str) -> str:
    """The id of the request that a response names; nothing of it is verified yet. Raises SamlRefused."""
    named = _parsed(connection, message).get_in_response_to()
    if not named:
        raise SamlRefused("The response answers no request: sign-in begins here, not at the provider.")
    return str(named)


def read(connection: Connection, message: str, request_id: str) -> Identity:
    """What the signed assertion says. Raises SamlRefused."""
    response = _parsed(connection, message)
    try:
        response.is_valid(_request_at(acs_url(connection)), request_id=request_id, raise_exceptions=True)
        response.require_for(connection, request_id)
        return response.identity(_configuration(connection))
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as refused:
        raise SamlRefused(str(refused)) from None


def service_metadata(connection: Connection) -> bytes:
    """For the provider's administrator: who we are and where responses go."""
    settings = OneLogin_Saml2_Settings(_settings(connection), sp_validation_only=True)
    metadata = settings.get_sp_metadata()
    return metadata if isinstance(metadata, bytes) else str(metadata).encode()


class _Response(OneLogin_Saml2_Response):  # type: ignore[misc]  # python3-saml has no types
    def require_for(self, connection: Connection, request_id: str) -> None:
        """Profiles §4.1.4.2: the signed assertion itself names our request, our address and us, each of them.

        The library takes the request's id from the response around the assertion, which nobody has signed, and lets an
        assertion pass that leaves them out. Raises SamlRefused.
        """
        confirmed = [
            each
            for each in self._query_assertion(_CONFIRMATION)
            if each.get("InResponseTo") == request_id
            and each.get("Recipient") == acs_url(connection)
            and each.get("NotOnOrAfter")
        ]
        if not confirmed:
            raise SamlRefused("The signed assertion does not answer the request that this browser has made.")
        if metadata_url(connection) not in self.get_audiences():
            raise SamlRefused("The assertion is for another audience.")

    def identity(self, configuration: SamlConfiguration) -> Identity:
        claims = {name: frozenset(map(str, values)) for name, values in self.get_friendlyname_attributes().items()}
        claims |= {name: frozenset(map(str, values)) for name, values in self.get_attributes().items()}
        emails = _first(claims, (configuration.email_attribute,) if configuration.email_attribute else _EMAIL)
        names = _first(claims, (configuration.name_attribute,) if configuration.name_attribute else _NAME)
        addresses = tuple(Address(email, None) for email in emails)
        uid = self._uid(configuration, claims)
        return Identity(uid, addresses, next(iter(names), ""), claims, self._signed_in_at())

    def _signed_in_at(self) -> int | None:
        """AuthnInstant (Core §2.7.2); of several the oldest, and None where one cannot be read."""
        said = [_second(str(each.get("AuthnInstant", ""))) for each in self._query_assertion("/saml:AuthnStatement")]
        known = [each for each in said if each is not None]
        return min(known) if known and len(known) == len(said) else None

    def _uid(self, configuration: SamlConfiguration, claims: dict[str, frozenset[str]]) -> str:
        if configuration.uid_attribute:
            values = claims.get(configuration.uid_attribute, frozenset())
            if len(values) != 1:
                raise SamlRefused(f"The assertion has not one value of {configuration.uid_attribute}.")
            return next(iter(values))
        if self.get_nameid_format() in _CHANGING:
            raise SamlRefused("The NameID may change. Send a persistent one, or name an attribute that never changes.")
        return str(self.get_nameid())


def _parsed(connection: Connection, message: str) -> _Response:
    try:
        return _Response(OneLogin_Saml2_Settings(_settings(connection)), message)
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, SyntaxError, ValueError):
        raise SamlRefused("This is no SAML response.") from None


def _second(instant: str) -> int | None:
    """Of an xs:dateTime; SAML's are UTC (Core §1.3.3)."""
    try:
        moment = dt.datetime.fromisoformat(instant)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())


def _first(claims: dict[str, frozenset[str]], names: tuple[str, ...]) -> list[str]:
    return next((sorted(claims[name]) for name in names if claims.get(name)), [])


def _configuration(connection: Connection) -> SamlConfiguration:
    configuration = configuration_of(connection)
    if not isinstance(configuration, SamlConfiguration):
        raise SamlRefused("This connection speaks another protocol.")
    return configuration


def _settings(connection: Connection) -> dict[str, Any]:
    """Several certificates: during a rollover the provider signs with the old or the new one."""
    provider = _configuration(connection)
    certificates = list(provider.certificates)
    return {
        "strict": True,
        "sp": {
            "entityId": metadata_url(connection),
            "assertionConsumerService": {"url": acs_url(connection), "binding": Saml.BINDING_HTTP_POST},
            "NameIDFormat": Saml.NAMEID_PERSISTENT,
        },
        "idp": {
            "entityId": provider.entity_id,
            "singleSignOnService": {"url": provider.sso_url, "binding": Saml.BINDING_HTTP_REDIRECT},
            "x509certMulti": {"signing": certificates, "encryption": certificates[:1]},
        },
        "security": {
            "wantAssertionsSigned": True,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "rejectDeprecatedAlgorithm": True,
            "rejectUnsolicitedResponsesWithInResponseTo": True,
            "requestedAuthnContext": False,
            "allowSingleLabelDomains": True,
            "allowRepeatAttributeName": True,
            "signatureAlgorithm": Saml.RSA_SHA256,
            "digestAlgorithm": Saml.SHA256,
        },
    }


def _request_at(url: str) -> dict[str, Any]:
    """What the library asks of a request; from our configured address, not from the client's headers."""
    parts = urlsplit(url)
    return {
        "https": "on" if parts.scheme == "https" else "off",
        "http_host": parts.netloc,
        "script_name": parts.path,
        "get_data": {},
        "post_data": {},
    }
