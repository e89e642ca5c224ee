#!/bin/sh
# Starts the Temporal server as its image does, with the database password from a file.
set -eu
POSTGRES_PWD=$(cat /run/secrets/temporal_password)
export POSTGRES_PWD
exec /etc/temporal/entrypoint.sh
