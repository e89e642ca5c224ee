import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { aDecision, aPacket, program, runAgent, sh } from '../../support/agents/run-agent.ts';
import { until } from '../../support/until.ts';

const DONE = `echo '{"type":"done"}'`;
const PROPOSE = `echo '{"type":"proposal","id":"p","action":{"kind":"ledger_done","target":{"item":"a"},"payload":{}}}'`;

afterEach(() => void vi.unstubAllEnvs());

describe('a turn that goes well', () => {
  it('takes the packet and the decision to the agent, and hands on its events in order', async () => {
    const script = `
      read -r packet
      echo '{"type":"heartbeat","note":"at work"}'
      echo '{"type":"confidence","value":0.5}'
      ${PROPOSE}
      read -r decision
      case $decision in *'"completed"'*) echo '{"type":"done","summary":"decided"}' ;; esac`;

    const turn = await runAgent(sh(script), {
      onEvent: async (event) => (event.type === 'proposal' ? aDecision(event.id) : undefined),
    });

    expect(turn.outcome).toEqual({
      status: 'done',
      summary: 'decided',
      counts: { events: 4, refusedLines: 0, bytes: expect.any(Number) },
    });
    expect(turn.events.map((event) => event.type)).toEqual(['heartbeat', 'confidence', 'proposal']);
  });

  it('answers two proposals in the order of their decisions, and hears heartbeats meanwhile', async () => {
    const packet = aPacket();
    const heard = deferred();
    const secondDecided = deferred();

    const turn = await runAgent(program('two-proposals.mjs'), {
      packet,
      async onEvent(event) {
        if (event.type === 'heartbeat') heard.resolve();
        if (event.type !== 'proposal') return undefined;
        await heard.promise;
        if (event.id === 'first') await secondDecided.promise;
        else secondDecided.resolve();
        return aDecision(event.id, { receipt: { item: event.id } });
      },
    });

    expect(turn.outcome).toMatchObject({ status: 'done', summary: 'two decisions' });
    expect(turn.events).toContainEqual({ type: 'output', name: 'packet', content: packet });
    expect(turn.events).toContainEqual({
      type: 'output',
      name: 'decisions',
      content: [
        aDecision('second', { receipt: { item: 'second' } }),
        aDecision('first', { receipt: { item: 'first' } }),
      ],
    });
  });

  it('handles one event at a time', async () => {
    let atWork = 0;
    let most = 0;

    const turn = await runAgent(sh(`for i in 1 2 3 4 5; do echo '{"type":"heartbeat"}'; done; ${DONE}`), {
      async onEvent() {
        atWork += 1;
        most = Math.max(most, atWork);
        await sleep(5);
        atWork -= 1;
      },
    });

    expect(turn.events).toHaveLength(5);
    expect(most).toBe(1);
  });

  it('waits, when the agent is done, for the decisions on its proposals', async () => {
    let decided = false;

    const turn = await runAgent(sh(`${PROPOSE}; ${DONE}`), {
      async onEvent(event) {
        await sleep(200);
        decided = true;
        return event.type === 'proposal' ? aDecision(event.id) : undefined;
      },
    });

    expect(turn.outcome.status).toBe('done');
    expect(decided).toBe(true);
  });

  it.each([
    ['CR LF', `printf '{"type":"heartbeat"}\\r\\n{"type":"done"}\\r\\n'`],
    ['no newline at the end', `printf '{"type":"heartbeat"}\\n{"type":"done"}'`],
  ])('reads lines with %s', async (_, script) => {
    const turn = await runAgent(sh(script));

    expect(turn).toMatchObject({ outcome: { status: 'done' }, refusals: [] });
    expect(turn.events).toHaveLength(1);
  });

  it('does not mind an agent that reads nothing, however large the packet is', async () => {
    const turn = await runAgent(sh(DONE), { packet: aPacket({ inputs: { large: 'x'.repeat(3_000_000) } }) });

    expect(turn.outcome.status).toBe('done');
  });

  it('does not mind an agent that closes its input and is answered all the same', async () => {
    const script = `exec 0<&-; ${PROPOSE}; echo nonsense; sleep 0.3; ${DONE}`;

    const turn = await runAgent(sh(script), {
      onEvent: async (event) => (event.type === 'proposal' ? aDecision(event.id) : undefined),
    });

    expect(turn.outcome.status).toBe('done');
  });

  it('gives the agent exactly the environment it is told to', async () => {
    vi.stubEnv('MANDATE_TEST_SECRET', 'secret');

    const turn = await runAgent(program('environment.mjs'), { env: { ONLY: 'this' } });

    expect(turn.events).toEqual([{ type: 'output', name: 'environment', content: { ONLY: 'this' } }]);
  });
});

describe('a line that is refused', () => {
  it('is recorded and answered, and the turn goes on', async () => {
    const script = `
      read -r packet
      printf 'not \\033[31m json\\n'
      read -r answer
      case $answer in '{"type":"refused","line":1,'*) ${DONE} ;; esac`;

    const turn = await runAgent(sh(script));

    expect(turn.outcome).toMatchObject({ status: 'done', counts: { events: 1, refusedLines: 1 } });
    expect(turn.refusals).toEqual([
      { line: 1, reason: expect.stringContaining('the line is not JSON'), excerpt: 'not \\u{1b}[31m json' },
    ]);
  });

  it('may be 10 MB long, and is never held', async () => {
    const turn = await runAgent(sh(`head -c 10000000 /dev/zero | tr '\\0' a; echo; ${DONE}`));

    expect(turn.outcome).toMatchObject({ status: 'done', counts: { refusedLines: 1 } });
    expect(turn.refusals[0]?.reason).toContain('longer than 1048576 bytes');
    expect(turn.refusals[0]?.excerpt).toHaveLength(200);
  });

  it('is a proposal whose id was used before in the turn', async () => {
    const turn = await runAgent(sh(`${PROPOSE}; ${PROPOSE}; ${DONE}`));

    expect(turn.events).toHaveLength(1);
    expect(turn.refusals).toMatchObject([{ line: 2, reason: expect.stringContaining('made before') }]);
  });

  it('is a proposal above the number that may wait, so that heartbeats still come through', async () => {
    const heard = deferred();
    const two = `${PROPOSE}; ${PROPOSE.replace('"p"', '"q"')}`;

    const turn = await runAgent(sh(`${two}; echo '{"type":"heartbeat"}'; ${DONE}`), {
      limits: { maxProposalsInFlight: 1 },
      async onEvent(event) {
        if (event.type === 'heartbeat') heard.resolve();
        else await heard.promise;
      },
    });

    expect(turn.events.map((event) => event.type)).toEqual(['proposal', 'heartbeat']);
    expect(turn.refusals).toMatchObject([{ line: 2, reason: expect.stringContaining('propose again') }]);
  });

  it('is an output whose file is missing, is a folder, or lies outside the workspace', async () => {
    const output = (path: string): string => `echo '{"type":"output","name":"o","path":"${path}"}'`;
    const script = `
      mkdir -p folder; echo x > folder/file; ln -s /etc/passwd link; ln -s folder/file inner
      ${['none', 'folder', 'link', 'folder/file', 'inner'].map(output).join('\n')}
      ${DONE}`;

    const turn = await runAgent(sh(script));

    expect(turn.refusals.map((refusal) => refusal.reason)).toEqual([
      'path: the file "none" is not there; write it before naming it',
      'path: the file "folder" is not a file',
      'path: the file "link" leads out of the workspace',
    ]);
    expect(turn.events).toMatchObject([{ path: 'folder/file' }, { path: 'inner' }]);
  });
});

describe('a program that cannot be started', () => {
  it.each([
    [['no-such-program'], 'program_missing', 'The agent\'s program "no-such-program" was not found in the PATH'],
    [['./missing'], 'program_missing', 'The agent\'s program "./missing" was not found;'],
    [[], 'program_missing', "The agent's command is empty"],
    [['/'], 'not_executable', 'The agent\'s program "/" may not be executed'],
    [[import.meta.filename], 'not_executable', 'chmod +x'],
  ])('%j fails as %s', async (command, failure, message) => {
    const turn = await runAgent(command);

    expect(turn.outcome).toMatchObject({ status: 'failed', failure, message: expect.stringContaining(message) });
  });

  it.each(['/no/such/folder', import.meta.filename])('has no folder at %s', async (cwd) => {
    const turn = await runAgent(sh(DONE), { cwd });

    expect(turn.outcome).toMatchObject({ status: 'failed', failure: 'folder_missing' });
  });
});

describe('a program that ends badly', () => {
  it('exits with 1: fails, with the end of its log', async () => {
    const turn = await runAgent(sh(`echo '{"type":"heartbeat"}'; echo why >&2; exit 1`));

    expect(turn.outcome).toMatchObject({ status: 'failed', failure: 'exited', exitCode: 1, stderrTail: 'why\n' });
    expect(turn.events).toHaveLength(1);
  });

  it('exits with 1 after it said done: fails, since its exit code is its last word', async () => {
    const turn = await runAgent(sh(`${DONE}; exit 1`));

    expect(turn.outcome).toMatchObject({ failure: 'exited', exitCode: 1, message: expect.stringContaining('after') });
  });

  it('exits with 0 without done: fails', async () => {
    const turn = await runAgent(sh('exit 0'));

    expect(turn.outcome).toMatchObject({ failure: 'ended_without_done', exitCode: 0 });
  });

  it('closes its output without done and stays: is ended, and fails', async () => {
    const turn = await runAgent(sh('exec 1>&-; exec sleep 60'), { limits: { lingerMs: 200 } });

    expect(turn.outcome).toMatchObject({ failure: 'ended_without_done', message: expect.stringContaining('closed') });
  });

  it('is killed by a signal: fails, and names it', async () => {
    const turn = await runAgent(sh('kill -9 $$'));

    expect(turn.outcome).toMatchObject({ failure: 'killed_by_signal', signal: 'SIGKILL' });
  });

  it('fails at once, whoever still thinks about its proposal', async () => {
    const turn = await runAgent(sh(`${PROPOSE}; exit 1`), { onEvent: async () => new Promise(() => undefined) });

    expect(turn.outcome).toMatchObject({ failure: 'exited' });
  });

  it('fails when what it said could not be handled, with the cause', async () => {
    const cause = new Error('the store is down');

    for (const script of [`echo '{"type":"heartbeat"}'; exec sleep 60`, `${PROPOSE}; exec sleep 60`]) {
      const turn = await runAgent(sh(script), { onEvent: () => Promise.reject(cause) });
      expect(turn.outcome).toMatchObject({ failure: 'handler_failed', cause });
    }
  });

  it('keeps the last 64 KiB of its log', async () => {
    const turn = await runAgent(sh(`head -c 300000 /dev/zero | tr '\\0' e >&2; echo last >&2; exit 3`));

    const tail = turn.outcome.status === 'failed' ? turn.outcome.stderrTail : '';
    expect(tail).toHaveLength(65_536);
    expect(tail.endsWith('elast\n')).toBe(true);
  });
});

describe('a program that floods', () => {
  it.each([
    ['events', `yes '{"type":"heartbeat"}'`, 'more than 200 events a second'],
    ['lines that are no events', 'yes nonsense', 'more than 100 lines that are no events'],
    ['bytes without a newline', 'cat /dev/zero', 'more than 268435456 bytes in one turn'],
  ])('with %s is ended', async (_, script, fault) => {
    const turn = await runAgent(sh(script));

    expect(turn.outcome).toMatchObject({ failure: 'flooded', message: expect.stringContaining(fault) });
  });

  it('with answers that it does not read is ended', async () => {
    const script = `i=0; while :; do i=$((i+1)); ${PROPOSE.replace('"p"', `"'$i'"`)}; sleep 0.01; done`;

    const turn = await runAgent(sh(script), {
      limits: { maxUnreadBytes: 100_000 },
      onEvent: async (event) =>
        event.type === 'proposal' ? aDecision(event.id, { reason: 'r'.repeat(50_000) }) : undefined,
    });

    expect(turn.outcome).toMatchObject({ failure: 'flooded', message: expect.stringContaining('did not read') });
  });

  it('waits while the handlers are behind, instead of filling memory', async () => {
    const line = `head -c 100000 /dev/zero | tr '\\0' a; echo`;
    let writtenMeanwhile = Number.NaN;

    const turn = await runAgent(sh(`i=0; while [ $i -lt 50 ]; do i=$((i+1)); ${line}; echo $i >&2; done; exit 1`), {
      limits: { turnMs: 1_000 },
      onRefusedLine: async () => new Promise(() => undefined),
    });

    if (turn.outcome.status === 'failed') writtenMeanwhile = Number(turn.outcome.stderrTail.trim().split('\n').at(-1));
    expect(turn.outcome).toMatchObject({ failure: 'timed_out' });
    expect(writtenMeanwhile).toBeLessThan(20);
  });
});

describe('a program that does not end', () => {
  it('is killed on cancellation, with its children, even those that ignore SIGTERM', async () => {
    const controller = new AbortController();
    let pids: Record<string, number> = {};

    const turn = await runAgent(program('family.mjs'), {
      signal: controller.signal,
      limits: { killGraceMs: 300 },
      async onEvent(event) {
        if (event.type === 'output') pids = event.content as Record<string, number>;
        controller.abort();
      },
    });

    expect(turn.outcome.status).toBe('cancelled');
    expect(Object.keys(pids)).toEqual(['agent', 'child']);
    // What was killed is gone when the machine comes to it.
    await until('both to be gone', () => !Object.values(pids).some(isAlive));
  });

  it('leaves no process behind that it started and did not wait for', async () => {
    const script = `sleep 600 & echo '{"type":"output","name":"pid","content":'$!'}'; ${DONE}`;

    const turn = await runAgent(sh(script));

    const [event] = turn.events;
    expect(turn.outcome.status).toBe('done');
    expect(event).toMatchObject({ type: 'output', content: expect.any(Number) });
    await until('it to be gone', () => event?.type === 'output' && !isAlive(Number(event.content)));
  });

  it('is killed when it ignores SIGTERM', async () => {
    const controller = new AbortController();
    const script = `trap '' TERM; echo '{"type":"heartbeat"}'; while :; do sleep 0.05; done`;

    const turn = await runAgent(sh(script), {
      signal: controller.signal,
      limits: { killGraceMs: 200 },
      onEvent: async () => controller.abort(),
    });

    expect(turn.outcome.status).toBe('cancelled');
  });

  it('may tidy up on SIGTERM', async () => {
    const script = `trap 'echo tidied >&2; exit 1' TERM; echo '{"type":"heartbeat"}'; while :; do sleep 0.05; done`;

    // Ended as soon as its trap is set, and not before; it has all the time that it may need.
    const turn = await runAgent(sh(script), {
      limits: { killGraceMs: 60_000 },
      onEvent: () => Promise.reject(new Error('enough')),
    });

    expect(turn.outcome).toMatchObject({ failure: 'handler_failed', stderrTail: expect.stringContaining('tidied') });
  });

  it('is cancelled while a handler is stuck, and nothing is handled afterwards', async () => {
    const controller = new AbortController();
    const stuck = deferred();
    // In one write, so that the others are there when the first is handled.
    const script = `printf '{"type":"%s"}\\n' heartbeat heartbeat heartbeat; exec sleep 60`;

    const turn = await runAgent(sh(script), {
      signal: controller.signal,
      onEvent() {
        controller.abort();
        return stuck.promise;
      },
    });
    stuck.resolve();
    await sleep(50);

    expect(turn.outcome.status).toBe('cancelled');
    expect(turn.events).toHaveLength(1);
  });

  it('is not even started when the turn was cancelled before', async () => {
    const turn = await runAgent(['no-such-program'], { signal: AbortSignal.abort() });

    expect(turn.outcome.status).toBe('cancelled');
  });

  it.each([
    ['stays', 'exec sleep 60'],
    ['talks on', 'yes'],
  ])('is done all the same when it %s after it said so', async (_, script) => {
    const turn = await runAgent(sh(`${DONE}; ${script}`), { limits: { lingerMs: 200 } });

    expect(turn.outcome).toMatchObject({ status: 'done', counts: { events: 1, refusedLines: 0 } });
  });

  it('is not waited for when it has left the group and holds the output open', async () => {
    const turn = await runAgent(program('runaway.mjs'), { limits: { lingerMs: 5_000 } });

    const [event] = turn.events;
    const pid = event?.type === 'output' ? Number(event.content) : Number.NaN;
    const stays = isAlive(pid);
    process.kill(pid);
    expect(turn.outcome).toMatchObject({ failure: 'ended_without_done', counts: { events: 1 } });
    expect(stays).toBe(true);
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A killed process that nobody has asked after, a zombie, still has its id. */
function isAlive(pid: number): boolean {
  const ps = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return ps.stdout.trim() !== '' && !ps.stdout.trim().startsWith('Z');
}
