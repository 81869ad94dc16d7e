"""One literal blob of every stored format, sealed once by version 1: each must open for ever."""

import base64
from uuid import UUID

from keyvault.keyring.envelope import FieldContext, ValueContext
from keyvault.keyring.purposes import Purpose
from keyvault.keyring.wraps import KeySlot

KEY = bytes(range(32))
KEY_ID = UUID("0190a000-0000-7000-8000-0000000000aa")
VALUE = b"sk-live-0123456789abcdef"
ORG, PROJECT, ENVIRONMENT, SECRET, ROW = (UUID(f"0190a000-0000-7000-8000-{n:012x}") for n in (1, 2, 3, 4, 6))

CONTEXT = ValueContext(Purpose.VALUE, ORG, PROJECT, ENVIRONMENT, SECRET, 5)
BROKER = ValueContext(
    Purpose.BROKER, ORG, PROJECT, ENVIRONMENT, SECRET, 5, "openai", ("eu.api.openai.com", "api.openai.com")
)
FIELD = FieldContext("alerts_webhook", "secret", ROW)

HEADER = "0190a0000000700080000000000000aaa0a1a2a3a4a5a6a7a8a9aaab"
PLAIN_ENVELOPE = bytes.fromhex(
    "4b560101" + HEADER + "957351412cbd67925254b5e0334ff6e948953872f1d3270abd73794ca8ebc4a5d51f9ae88dcec296"
)
PADDED_ENVELOPE = bytes.fromhex(
    "4b560102" + HEADER + "e6187c3536a02fd30b13e2fe374bf2ed44996f27aa8e230eff6a43e07fab7501"
    "d27647ffaf22533d5f9c04c8097a83f9471b464862d01a7e415e0b5ea47085b0d6b399600cc8bcbed1a19a3023ef143f"
)
BROKER_ENVELOPE = bytes.fromhex(
    "4b560102" + HEADER + "e6187c3536a02fd30b13e2fe374bf2ed44996f27aa8e230eff6a43e07fab7501"
    "d27647ffaf22533d5f9c04c8097a83f9471b464862d01a7e415e0b5ea47085b0183c5345a99266d9a9850cfffdeff45e"
)
FIELD_ENVELOPE = bytes.fromhex(
    "4b560102" + HEADER + "e6187c3d32a371da013ab7e23549f4eb469b612992b7426c9c0e26867fab7501"
    "d27647ffaf22533d5f9c04c8097a83f9471b464862d01a7e415e0b5ea47085b067ca97312e984457fb7a72727b51b510"
)

RAW_ROOT = base64.b64encode(bytes(range(32, 64))).decode()
RAW_ROOT_ID = "5106eb7e95818b78"
PASSPHRASE = "correct horse battery staple"
PASSPHRASE_SALT = base64.b64encode(b"sixteen byte slt").decode()
PASSPHRASE_ROOT_ID = "5097d56b7d10e895"

SLOT = KeySlot(KEY_ID, Purpose.VALUE, ORG)
INSTANCE_SLOT = KeySlot(KEY_ID, Purpose.PEPPER, None)
ROOT_WRAP = bytes.fromhex(
    "4b5601105106eb7e95818b78a0a1a2a3a4a5a6a7a8a9aaab"
    "df03a956f36cce2c99e35a4bffdaff0c91fc06e80506101c70ac2abd91612be04620c9d3c470730a6567db4fabeba4f5"
)
INSTANCE_WRAP = bytes.fromhex(
    "4b5601105106eb7e95818b78a0a1a2a3a4a5a6a7a8a9aaab"
    "df03a956f36cce2c99e35a4bffdaff0c91fc06e80506101c70ac2abd91612be047012d6126021bd49b0f83db24cbdaa3"
)

RECOVERY_TEXT = "kv-recovery-1:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8"
RECOVERY_ID = "0fe76a8b607fd859"
RECOVERY_WRAP = bytes.fromhex(
    "4b5601120fe76a8b607fd859a12718ad058548d734897a9caa655980b20a3e2a36e447e31f2607b032d4f66b"
    "6b54c934dba32c5d3174a13b0f5051c71d521f7564128dcc8f70b3aebf097dab30b7a953cf8269d6fa9ab0f058254031"
)

FINGERPRINT = bytes.fromhex("81ed2f1f9891f8344f23a0541b79143d")
# From the specification's own vectors (github.com/fernet/spec, generate.json).
FERNET_KEY = b"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
FERNET_TOKEN = b"gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
