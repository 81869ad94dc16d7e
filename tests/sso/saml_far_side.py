"""A SAML provider that signs what a test wants, and the eight ways to wrap what it has signed (XSW)."""

import base64
import copy
import datetime as dt
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree

ENTITY_ID = "https://idp.acme.example/saml"
SSO_URL = "https://idp.acme.example/sso"
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@dataclass(slots=True)
class Said:
    """What a response says; ``in_response_to`` None: nothing, as when the provider begins.

    ``signed_in`` is the AuthnInstant; None: a minute ago.
    """

    acs: str
    audience: str
    in_response_to: str | None
    uid: str = "nina-1"
    email: str = "nina@acme.example"
    groups: tuple[str, ...] = ("staff",)
    issuer: str = ENTITY_ID
    format: str = PERSISTENT
    minutes: int = 5
    confirmed_in_response_to: str | None = "same"
    attributes: dict[str, str] = field(default_factory=dict)
    signed_in: str | None = None


class Signer:
    """A key and its certificate."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.acme.example")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.certificate = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()

    def sign(self, element: Any, transform: Any = None) -> None:
        """An enveloped signature right after the issuer, as the schema has it."""
        signature = xmlsec.template.create(
            element, xmlsec.constants.TransformExclC14N, transform or xmlsec.constants.TransformRsaSha256
        )
        element.insert(1, signature)
        digest = xmlsec.constants.TransformSha256 if transform is None else xmlsec.constants.TransformSha1
        reference = xmlsec.template.add_reference(signature, digest, uri=f"#{element.get('ID')}")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        xmlsec.tree.add_ids(element, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(self.private, xmlsec.constants.KeyDataFormatPem)
        context.sign(signature)


def metadata(*signers: Signer) -> str:
    keys = "".join(
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data><ds:X509Certificate>'
        f"{signer.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for signer in signers
    )
    return (
        f'<md:EntityDescriptor xmlns:md="{NS["md"]}" entityID="{ENTITY_ID}">'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{NS["samlp"]}">{keys}'
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
        f' Location="{SSO_URL}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def asked(url: str) -> tuple[str, str]:
    """The request's id and the RelayState of the address that the browser is sent to."""
    query = parse_qs(urlsplit(url).query)
    request = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
    return str(request.get("ID")), query.get("RelayState", [""])[0]


def response(said: Said) -> Any:
    """Not signed yet."""
    now = dt.datetime.now(dt.UTC)
    begin, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now - MINUTE, now + said.minutes * MINUTE))
    answers = f'InResponseTo="{said.in_response_to}"' if said.in_response_to else ""
    confirmed = said.in_response_to if said.confirmed_in_response_to == "same" else said.confirmed_in_response_to
    confirms = f'InResponseTo="{confirmed}"' if confirmed else ""
    attributes = {"email": said.email, **said.attributes}
    statements = "".join(_attribute(name, value) for name, value in attributes.items())
    groups = "".join(f"<saml:AttributeValue>{group}</saml:AttributeValue>" for group in said.groups)
    return etree.fromstring(
        f'<samlp:Response xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_r1" Version="2.0"'
        f' IssueInstant="{begin}" Destination="{said.acs}" {answers}><saml:Issuer>{said.issuer}</saml:Issuer>'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f'<saml:Assertion ID="_a1" Version="2.0" IssueInstant="{begin}"><saml:Issuer>{said.issuer}</saml:Issuer>'
        f'<saml:Subject><saml:NameID Format="{said.format}">{said.uid}</saml:NameID>'
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData'
        f' NotOnOrAfter="{end}" Recipient="{said.acs}" {confirms}/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><saml:AudienceRestriction><saml:Audience>'
        f"{said.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{said.signed_in or begin}"><saml:AuthnContext><saml:AuthnContextClassRef>'
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>"
        f"</saml:AuthnStatement><saml:AttributeStatement>{statements}"
        f'<saml:Attribute Name="groups">{groups}</saml:Attribute></saml:AttributeStatement>'
        "</saml:Assertion></samlp:Response>"
    )


MINUTE = dt.timedelta(minutes=1)


def encoded(document: Any) -> str:
    return base64.b64encode(etree.tostring(document)).decode()


def assertion_of(document: Any) -> Any:
    return document.find("saml:Assertion", NS)


def forge(assertion: Any) -> Any:
    """A copy that says it is the owner, with another id and without a signature."""
    forged = copy.deepcopy(assertion)
    forged.set("ID", "_evil")
    for signature in forged.findall("ds:Signature", NS):
        forged.remove(signature)
    forged.find("saml:Subject/saml:NameID", NS).text = "olivia"
    forged.find("saml:AttributeStatement/saml:Attribute/saml:AttributeValue", NS).text = "olivia@acme.example"
    return forged


def _attribute(name: str, value: str) -> str:
    return f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'


# XSW 1 and 2 wrap a signed response, 3 to 8 a signed assertion (Somorovsky et al., "On Breaking SAML", USENIX 2012).


def _xsw1(document: Any) -> Any:
    forged = copy.deepcopy(document)
    signature = forged.find("ds:Signature", NS)
    forged.remove(signature)
    _become_evil(forged)
    signature.append(document)
    forged.insert(1, signature)
    return forged


def _xsw2(document: Any) -> Any:
    forged = copy.deepcopy(document)
    signature = forged.find("ds:Signature", NS)
    forged.remove(signature)
    _become_evil(forged)
    document.remove(document.find("ds:Signature", NS))
    forged.insert(1, signature)
    forged.insert(1, document)
    return forged


def _xsw3(document: Any) -> Any:
    real = assertion_of(document)
    real.addprevious(forge(real))
    return document


def _xsw4(document: Any) -> Any:
    real = assertion_of(document)
    forged = forge(real)
    document.replace(real, forged)
    forged.append(real)
    return document


def _xsw5(document: Any) -> Any:
    real = assertion_of(document)
    forged, signature = forge(real), real.find("ds:Signature", NS)
    real.remove(signature)
    document.replace(real, forged)
    forged.insert(1, signature)
    document.append(real)
    return document


def _xsw6(document: Any) -> Any:
    real = assertion_of(document)
    forged, signature = forge(real), real.find("ds:Signature", NS)
    real.remove(signature)
    document.replace(real, forged)
    forged.insert(1, signature)
    signature.append(real)
    return document


def _xsw7(document: Any) -> Any:
    real = assertion_of(document)
    extensions = etree.SubElement(document, f"{{{NS['samlp']}}}Extensions")
    document.insert(1, extensions)
    extensions.append(forge(real))
    return document


def _xsw8(document: Any) -> Any:
    real = assertion_of(document)
    forged, signature = forge(real), real.find("ds:Signature", NS)
    real.remove(signature)
    document.replace(real, forged)
    forged.insert(1, signature)
    holder = etree.SubElement(signature, f"{{{NS['ds']}}}Object")
    holder.append(real)
    return document


def _become_evil(document: Any) -> None:
    document.set("ID", "_evil")
    assertion = assertion_of(document)
    document.replace(assertion, forge(assertion))


WRAPPINGS: dict[str, Callable[[Any], Any]] = {
    "XSW1": _xsw1,
    "XSW2": _xsw2,
    "XSW3": _xsw3,
    "XSW4": _xsw4,
    "XSW5": _xsw5,
    "XSW6": _xsw6,
    "XSW7": _xsw7,
    "XSW8": _xsw8,
}
WRAPS_A_RESPONSE = ("XSW1", "XSW2")
