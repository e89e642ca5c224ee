// Leaves behind a process in a session of its own that holds the pipes open for minutes, tells its id, and exits.
import { spawn } from 'node:child_process';

const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'inherit' });
const told = { type: 'output', name: 'pid', content: pid };
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
