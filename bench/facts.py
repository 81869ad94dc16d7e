"""What the baselines need to know of the seeded installation: it is thrown away after the run, keys and all."""

import hmac
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.entry import row_mac
from keyvault.keyring.envelope import ValueContext, unseal
from keyvault.keyring.purposes import Purpose

NAMES = tuple(f"SERVICE_{number:02}_API_KEY" for number in range(50))


@dataclass(frozen=True, slots=True)
class Facts:
    """``pepper``, ``mac_key`` and ``kek`` are hex; ``digest_prefix`` is what a token's digest begins its input with."""

    token: str
    pepper: str
    digest_prefix: str
    mac_key: str
    mac_key_id: str
    root_id: str
    kek: str

    @classmethod
    def read(cls, path: str) -> Self:
        return cls(**json.loads(Path(path).read_text()))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def digest_of(self, token: bytes) -> bytes:
        return hmac.digest(bytes.fromhex(self.pepper), self.digest_prefix.encode("latin-1") + token, "sha256")

    def entry_and_mac(self, org: UUID, name: str) -> tuple[bytes, bytes]:
        """An entry of the ordinary size, and its row MAC."""
        entry = json.dumps(
            {"v": 1, "org": str(org), "action": "secret:reveal", "name": name, "pad": "x" * 480}
        ).encode()
        return entry, row_mac(bytes.fromhex(self.mac_key), org, entry)

    def decrypt(self, row: Any) -> bytes:
        """The value of a row of :data:`bench.statements.VERSION`: unwrap the data key, then open the envelope."""
        wrapped = bytes(row["wrapped"])
        key = AESGCM(bytes.fromhex(self.kek)).decrypt(wrapped[12:24], wrapped[24:], _binding(row, wrapped))
        place = (row["org_id"], row["project_id"], row["environment_id"], row["secret_id"])
        return unseal(key, ValueContext(Purpose.VALUE, *place, row["version"]), bytes(row["envelope"]))


def _binding(row: Any, wrapped: bytes) -> bytes:
    parts = (b"keyvault/v1/wrap", wrapped[:12], row["org_id"].bytes, row["datakey_id"].bytes, b"value")
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
