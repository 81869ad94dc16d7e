#!/bin/sh
# Run once by the postgres image, on an empty volume: roles.sql with the passwords of the mounted secrets.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set owner_password `cat /run/secrets/owner_password`
\set app_password `cat /run/secrets/app_password`
\set sealer_password `cat /run/secrets/sealer_password`
\set gateway_password `cat /run/secrets/gateway_password`
\i /deploy/roles.sql
SQL
