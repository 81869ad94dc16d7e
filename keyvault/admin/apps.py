"""Django's admin with our site. No autodiscovery: libraries would register pages that show keys and codes."""

from django.contrib.admin.apps import SimpleAdminConfig
from django.core.checks import register


class OperatorsAdmin(SimpleAdminConfig):
    default_site = "keyvault.admin.site.OperatorSite"

    def ready(self) -> None:
        super().ready()
        from keyvault.admin import pages
        from keyvault.flows.operators import jobs  # noqa: F401  what it does of the work that waits
        from keyvault.flows.operators.claims import check_operator_roles

        pages.register()
        register(check_operator_roles)
