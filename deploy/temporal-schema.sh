#!/bin/sh
# Makes the Temporal server's two databases, or brings their schema up to date. Safe to repeat.
# Where the database is comes from SQL_PLUGIN, SQL_HOST, SQL_PORT and SQL_USER.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal_password)
export SQL_PASSWORD

set_up() {
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-name "postgresql/v12/$2"
}

set_up temporal temporal
set_up temporal_visibility visibility
