#!/bin/sh
# Makes the secrets that docker-compose.yml hands over as files. One that is there already stays as it is.
# Usage: deploy/make-secrets.sh [FOLDER]      (default: deploy/secrets)
set -eu
folder=${1:-$(dirname "$0")/secrets}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
random_base64() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
keep() {
  [ -s "$folder/$1" ] && return
  printf '%s\n' "$2" >"$folder/$1"
  echo "made $folder/$1"
}

# The folder keeps others out; the files themselves must be readable to the users inside the containers.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

keep postgres_password "$(random_hex 24)"
keep temporal_password "$(random_hex 24)"
keep mandate_password "$(random_hex 24)"
keep database_url "postgres://mandate:$(cat "$folder/mandate_password")@postgresql:5432/mandate"
keep draft_keys "$(date -u +%Y%m%d):$(random_hex 32)"
keep webhook_secret "whsec_$(random_base64 32)"
keep mail_secret "$(random_base64 32)"
