#!/bin/sh
# An agent in shell: writes a note, proposes to close the item "example", and waits for the decision.
read -r packet
say() { printf '%s\n' "$1"; }

# These members come before the inputs, and quotes in texts are escaped: the first match is the right one.
phase=${packet#*\"phase\":\"} phase=${phase%%\"*}
workspace=${packet#*\"workspace\":\"} workspace=${workspace%%\"*}

if [ "$phase" = PLAN ]; then
  say '{"type":"plan","plan":{"steps":["write a note","close the item example"]}}'
  say '{"type":"done"}'
  exit
fi

say '{"type":"heartbeat","note":"writing the note"}'
date -u > "$workspace/note.txt"
say '{"type":"output","name":"note","path":"note.txt","mediaType":"text/plain"}'
say '{"type":"proposal","id":"close","action":{"kind":"ledger_done","target":{"item":"example"},"payload":{}}}'
read -r decision
case $decision in
  *'"outcome":"completed"'*) say '{"type":"done","summary":"the item is closed"}' ;;
  *) echo "not closed: $decision" >&2; exit 1 ;;
esac
