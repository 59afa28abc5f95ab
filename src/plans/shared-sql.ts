/**
 * Everything that this folder's role and database are, from any state that they may be in. A database lets nobody in before
 * PUBLIC has lost its rights; that role owns what it makes there, so it may do there what an application does.
 */
export const SQL = `ALTER ROLE postgres PASSWORD NULL;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
SELECT format('CREATE ROLE %I', '$database') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$database') \\gexec
ALTER ROLE "$database" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 20 PASSWORD '$password';
SELECT format('REVOKE %I FROM %I', g.rolname, '$database') FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid
  JOIN pg_roles r ON r.oid = member WHERE r.rolname = '$database' AND starts_with(g.rolname, 'pg_') \\gexec
SELECT format('CREATE DATABASE %I OWNER %I ALLOW_CONNECTIONS false', '$database', '$database')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$database') \\gexec
ALTER DATABASE "$database" OWNER TO "$database";
REVOKE ALL ON DATABASE "$database" FROM PUBLIC;
ALTER DATABASE "$database" ALLOW_CONNECTIONS true CONNECTION LIMIT -1 IS_TEMPLATE false;
ALTER DATABASE "$database" RESET ALL;
ALTER ROLE "$database" RESET ALL;
ALTER ROLE "$database" IN DATABASE "$database" RESET ALL;`;

/** The role `$gone` and its database let nobody in any more; printed: the other databases in which something names it. */
export const CLOSE = `SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles WHERE rolname = '$gone' \\gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname) FROM pg_database WHERE datname = '$gone' \\gexec
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '$gone' OR usename = '$gone' \\g /dev/null
SELECT DISTINCT datname FROM pg_shdepend JOIN pg_database d ON d.oid = dbid JOIN pg_roles r ON r.oid = refobjid
  WHERE refclassid = 'pg_authid'::regclass AND rolname = '$gone' AND datname NOT IN ('postgres', '$gone');`;

/** `$other` lets the superuser in, whatever its owner did, and nobody else: a connection limit does not count for superusers. */
export const OPEN = `ALTER DATABASE "$other" ALLOW_CONNECTIONS true CONNECTION LIMIT 0;
ALTER DATABASE "$other" RESET ALL;
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '$other' \\g /dev/null`;

/** Takes away what the role `$gone` was granted in this database and on databases, and what it owns here. */
export const DISOWN = `SELECT format('DROP OWNED BY %I CASCADE', rolname) FROM pg_roles WHERE rolname = '$gone' \\gexec`;

/** Printed: the role, if something names it still. A template cannot be dropped, and its owner may make it one. */
export const DROP = `SELECT format('ALTER DATABASE %I IS_TEMPLATE false', datname) FROM pg_database WHERE datname = '$gone' \\gexec
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname = '$gone' \\gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles r WHERE rolname = '$gone' AND NOT EXISTS
  (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid) \\gexec
SELECT rolname FROM pg_roles WHERE rolname = '$gone';`;
