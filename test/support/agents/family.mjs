// Starts a child that ignores SIGTERM, tells both process ids, and stays for ever.
import { spawn } from 'node:child_process';

const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
child.stdout.once('data', () => {
  const pids = { agent: process.pid, child: child.pid };
  process.stdout.write(`${JSON.stringify({ type: 'output', name: 'pids', content: pids })}\n`);
});
setInterval(() => undefined, 1_000);
