"""How the application is served: uvicorn with our strict protocol, and with nothing that writes what passes."""

from typing import Any

import uvicorn

from gateway.proxy.app import Gateway
from gateway.proxy.server import ClientConnection

KEEP_ALIVE = 75  # seconds


def server_config(gateway: Gateway, **options: Any) -> uvicorn.Config:
    """``options`` are uvicorn's: host, port, fd, ssl_certfile, …"""
    protocol = type("ClientConnectionWithLimits", (ClientConnection,), {"limits": gateway.limits})
    return uvicorn.Config(
        gateway,
        http=protocol,
        ws="none",
        loop="uvloop",
        lifespan="on",
        interface="asgi3",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=30,
        **options,
    )
