"""The key ring app."""

import os

from django.apps import AppConfig


class KeyringConfig(AppConfig):
    name = "keyvault.keyring"
    label = "keyring"

    def ready(self) -> None:
        """A forked child shares neither a lock nor a reserved block of seals with its parent."""
        from keyvault.keyring import ring

        os.register_at_fork(after_in_child=ring.after_fork)
