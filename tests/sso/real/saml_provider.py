"""An identity provider of pysaml2: reads our metadata and requests, writes responses; the xmlsec wheel signs them."""

import time
from typing import Any

from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server

from tests.sso.saml_far_side import Signer, assertion_of, encoded

ENTITY_ID = "https://idp.acme.example/pysaml2"
_PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
SSO_URL = "https://idp.acme.example/pysaml2/sso"


class PySaml2Provider:
    """``signed_in_at`` is the Unix second in which the person last gave their credentials: anew where a request forces
    it, unless the provider does not heed that.
    """

    def __init__(self, signer: Signer) -> None:
        self.signed_in_at, self.heeds_force = int(time.time()), True
        self._signer = signer
        self._server: Server | None = None

    def metadata(self) -> str:
        """With the certificate that the wheel's key belongs to."""
        config = self._config()
        config.xmlsec_binary = None  # it would be asked what it can sign with
        document = etree.fromstring(str(entity_descriptor(config)).encode())
        key = (
            '<KeyDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" use="signing"><KeyInfo'
            ' xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
            f"{self._signer.certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        )
        document.find("{*}IDPSSODescriptor").insert(0, etree.fromstring(key))
        return bytes(etree.tostring(document)).decode()

    def know(self, service_metadata: str) -> None:
        """The administrator there loads our metadata."""
        config = self._config({"inline": [service_metadata]})
        self._server = Server(config=config)

    def answer(self, saml_request: str, person: dict[str, Any]) -> tuple[str, str]:
        """Where the response goes, and the response as the browser posts it."""
        assert self._server is not None
        asked = self._server.parse_authn_request(saml_request, BINDING_HTTP_REDIRECT)
        target = self._server.response_args(asked.message, [BINDING_HTTP_POST])
        uid = person.pop("uid")
        if asked.message.force_authn == "true" and self.heeds_force:
            self.signed_in_at = int(time.time())
        authn = {"class_ref": _PASSWORD, "authn_instant": self.signed_in_at}
        response = self._server.create_authn_response(
            identity=person,
            userid=uid,
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=uid),
            authn=authn,
            sign_assertion=False,
            sign_response=False,
            in_response_to=target["in_response_to"],
            sp_entity_id=target["sp_entity_id"],
            destination=target["destination"],
        )
        document = etree.fromstring(str(response).encode())
        self._signer.sign(assertion_of(document))
        return target["destination"], encoded(document)

    def _config(self, metadata: dict[str, Any] | None = None) -> IdPConfig:
        endpoints = {"single_sign_on_service": [(SSO_URL, BINDING_HTTP_REDIRECT)]}
        service = {
            "endpoints": endpoints,
            "name_id_format": [NAMEID_FORMAT_PERSISTENT],
            "policy": {"default": {"lifetime": {"minutes": 5}, "attribute_restrictions": None}},
        }
        facts = {"entityid": ENTITY_ID, "service": {"idp": service}, "xmlsec_binary": "/bin/true"}
        return IdPConfig().load({**facts, "metadata": metadata} if metadata else facts)
