# Read by the others. Nothing here, or there, makes a command from a value.

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

# psql without anybody's start-up file, which stops at the first error.
sql() {
  PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 "$@"
}

# Whoever drops everything often drops this too, and then nothing can be made any more. Not CREATE IF NOT EXISTS: that needs
# the right to create schemas also where it is there.
public_schema() {
  sql -c "DO 'BEGIN IF to_regnamespace(''public'') IS NULL THEN CREATE SCHEMA public; END IF; END'"
}

# Where a backup is. The policy's pattern says the same; a script should not need to believe that.
backup_file() {
  case $1 in '' | -* | *[!a-z0-9-]*) fail 'a backup is called by a-z, 0-9 and -' ;; esac
  printf '/data/backups/%s.dump' "$1"
}
