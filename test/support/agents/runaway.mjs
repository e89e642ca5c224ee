// Leaves behind a process in a session of its own that holds the pipes open for some seconds, and exits.
import { spawn } from 'node:child_process';

spawn('sleep', ['8'], { detached: true, stdio: 'inherit' }).unref();
process.stdout.write('{"type":"heartbeat"}\n', () => process.exit(0));
