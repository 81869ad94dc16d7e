"""A SAML provider's metadata, as somebody uploads it: read, never fetched."""

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Saml
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

from orgs.names import invalid

LIMIT = 512 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What of it is used. ``certificates`` are base64 DER without line ends, in the order given, each once."""

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]


def read_metadata(text: str) -> ProviderMetadata:
    """Raises Invalid for what is not the metadata of one identity provider with a redirect binding.

    python3-saml's parser takes no document type and no entities.
    """
    try:
        root = Xml.to_etree(text.strip().encode()[: LIMIT + 1])
    except (SyntaxError, ValueError):  # lxml's own are of these kinds
        raise invalid("metadata", "This is not an XML document.") from None
    providers = Xml.query(root, "//md:EntityDescriptor[md:IDPSSODescriptor]")
    if len(providers) != 1:
        raise invalid("metadata", "The document describes one identity provider, and no more.")
    provider = providers[0]
    binding = f"./md:IDPSSODescriptor/md:SingleSignOnService[@Binding='{Saml.BINDING_HTTP_REDIRECT}']/@Location"
    addresses = [str(address) for address in Xml.query(provider, binding)]
    entity_id = str(provider.get("entityID", ""))
    if not addresses or not entity_id:
        raise invalid("metadata", "The document names no entity ID, or no address for the HTTP-Redirect binding.")
    keys = "./md:IDPSSODescriptor/md:KeyDescriptor[not(@use='encryption')]//ds:X509Certificate/text()"
    certificates = tuple(dict.fromkeys(_certificate(str(found)) for found in Xml.query(provider, keys)))
    return ProviderMetadata(entity_id, addresses[0], certificates)


def _certificate(text: str) -> str:
    """Raises Invalid for what is no certificate."""
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
        x509.load_der_x509_certificate(der)
    except (binascii.Error, ValueError):
        raise invalid("metadata", "The document holds a certificate that cannot be read.") from None
    return base64.b64encode(der).decode()
