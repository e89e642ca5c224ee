// An agent for tests: says what its one argument, a JSON list, tells it to. A string is an action of its own:
// "wait" for ever, "answer" for the next line, "exit:N"; anything else is written as an event.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const packet = JSON.parse((await lines.next()).value);
const script = JSON.parse(process.argv[2]);
const steps = Array.isArray(script) ? script : (script[packet.phase] ?? [{ type: 'done' }]);

for (const step of steps) {
  if (step === 'wait') {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    writeFileSync(`${packet.workspace}/pids`, `${process.pid} ${child.pid}`);
    await new Promise(() => setInterval(() => {}, 1000));
  } else if (step === 'answer') {
    const answer = JSON.parse((await lines.next()).value);
    process.stdout.write(`${JSON.stringify({ type: 'output', name: 'answer', content: answer })}\n`);
  } else if (typeof step === 'string' && step.startsWith('file:')) {
    writeFileSync(`${packet.workspace}/${step.slice(5)}`, 'content');
  } else if (typeof step === 'string') {
    process.exit(Number(step.slice('exit:'.length)));
  } else {
    process.stdout.write(`${JSON.stringify(step)}\n`);
  }
}
process.stdin.destroy();
