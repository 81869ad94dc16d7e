"""PostgreSQL and Redis from the wheels' binaries, and the environment that names them. Imports no Django."""
