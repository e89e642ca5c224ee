#!/bin/sh
# Waits for the Temporal server and makes the namespace, unless it is there. Safe to repeat.
# TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and RETENTION say where, which, and how long ended workflows are kept.
set -eu

tries=0
until temporal operator cluster health >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "The Temporal server at $TEMPORAL_ADDRESS does not answer; see its log." >&2
    exit 1
  fi
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  echo "The namespace $TEMPORAL_NAMESPACE is there."
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
