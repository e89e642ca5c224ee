#!/bin/sh
# Run once by the PostgreSQL image, on an empty data folder: a user for Temporal, a user and a database for Mandate.
set -e
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set temporal_password `cat /run/secrets/temporal_password`
\set mandate_password `cat /run/secrets/mandate_password`
create role temporal login createdb password :'temporal_password';
create role mandate login password :'mandate_password';
create database mandate owner mandate;
SQL
