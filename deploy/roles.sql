-- The four database roles and the database, for a PostgreSQL (16 or newer) of your own. Run it once, as a superuser:
--   psql -v owner_password=… -v app_password=… -v sealer_password=… -v gateway_password=… -f deploy/roles.sql
-- The owner makes and migrates the tables. The app reads and writes them, and owns none: it cannot touch what the
-- audit log already holds. The sealer reads the log and writes its seals (docs/audit.md).
-- The gateway reads what it serves (docs/gateway.md); each migration says what that is.
\set ON_ERROR_STOP on

CREATE ROLE keyvault_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE keyvault_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE ROLE keyvault_sealer LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'sealer_password';
CREATE ROLE keyvault_gateway LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'gateway_password';
CREATE DATABASE keyvault OWNER keyvault_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE keyvault FROM PUBLIC;
GRANT CONNECT ON DATABASE keyvault TO keyvault_app, keyvault_sealer, keyvault_gateway;

\connect keyvault
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO keyvault_app, keyvault_sealer;
ALTER DEFAULT PRIVILEGES FOR ROLE keyvault_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO keyvault_app;
ALTER DEFAULT PRIVILEGES FOR ROLE keyvault_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO keyvault_app;
