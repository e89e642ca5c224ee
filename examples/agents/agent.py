#!/usr/bin/env python3
"""An agent in Python: writes a note, proposes to close the item "example", and waits for the decision."""
import json
import pathlib
import sys


def say(**event):
    print(json.dumps(event), flush=True)


packet = json.loads(sys.stdin.readline())
if packet["phase"] == "PLAN":
    say(type="plan", plan={"steps": ["write a note", "close the item example"]})
    say(type="done")
    sys.exit()

say(type="heartbeat", note="writing the note")
pathlib.Path(packet["workspace"], "note.txt").write_text(packet["objective"] + "\n")
say(type="output", name="note", path="note.txt", mediaType="text/plain")
action = {"kind": "ledger_done", "target": {"item": "example"}, "payload": {}}
say(type="proposal", id="close", action=action, title="Close the item example")

for line in sys.stdin:
    answer = json.loads(line)
    if answer["type"] == "refused" or answer["outcome"] != "completed":
        sys.exit(f"not closed: {line}")
    say(type="done", summary="the item is closed")
    break
