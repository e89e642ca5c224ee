import type { Mandate, RunReport } from '../client.ts';
import type { Config } from '../config.ts';
import type { RunInput } from '../contract/run.ts';
import { hasLocalData } from '../dev/environment.ts';
import { isGiven } from '../dev/given-server.ts';
import type { Decider } from './decider.ts';
import { CommandError, EXIT, usageError } from './errors.ts';
import { FollowedRun } from './followed-run.ts';
import { answer, remark } from './output.ts';
import { reportText } from './report-text.ts';
import { jsonText, plain } from '../policy/plain-text.ts';
import { findSession, openSession } from './session.ts';

interface How {
  readonly who: string;
  readonly decider: Decider;
  readonly detach: boolean;
  readonly json: boolean;
}

interface NewRun extends How {
  readonly request: RunInput;
  readonly runId: string;
}

/** A run that was started before; `true` stands for the only one that has not ended. */
interface OldRun extends How {
  readonly resume: string | true;
}

/** What `mandate run` is to do. */
export type RunOrder = NewRun | OldRun;

/** Starts the run, or finds it, and follows it to its end or until we leave; sets the exit code. */
export async function follow(config: Config, order: RunOrder): Promise<void> {
  const { decider, json } = order;
  if ('resume' in order && !isGiven(process.env) && !hasLocalData(config)) {
    throw new CommandError(
      'NothingHere',
      `Nothing to resume: no run was ever started with the data folder ${config.dataFolder}.`,
      {
        hint: 'Start one with: mandate run PIPELINE',
      },
    );
  }
  const session = await openSession(config, remark);
  const followed = new FollowedRun({ config, session, decider, json });
  try {
    const runId =
      'resume' in order ? await runToResume(session.mandate, order.resume) : await start(session.mandate, order);
    const report = await followed.follow(runId);
    if (report === undefined) return;
    answer(json, { type: 'report', ...report }, () => reportText(report));
    process.exitCode = exitCodeOf(report);
  } finally {
    await followed.close();
  }
}

/** Starts the run on a server that stays, and leaves. */
export async function detach(config: Config, order: RunOrder): Promise<void> {
  if ('resume' in order) return;
  const session = await findSession(config);
  if (session === undefined) {
    throw new CommandError(
      'NoServer',
      'There is no server to leave the run to: an embedded one would end with this command.',
      {
        hint: 'Start "mandate dev" first (or set TEMPORAL_ADDRESS), then run this again.',
      },
    );
  }
  try {
    const started = await session.mandate.start(order.request, { runId: order.runId });
    answer(order.json, started, () => `${started.runId}\nFollow it with: mandate run --resume ${started.runId}`);
  } finally {
    await session.close();
  }
}

async function start(mandate: Mandate, { request, runId, who, json }: NewRun): Promise<string> {
  const { workflowId } = await mandate.start(request, { runId });
  remark(`Run ${plain(runId)} of ${plain(request.pipeline.name)} started by ${plain(who)}.`);
  if (json) process.stdout.write(`${jsonText({ type: 'started', runId, workflowId })}\n`);
  return runId;
}

async function runToResume(mandate: Mandate, given: string | true): Promise<string> {
  if (given !== true) return (await mandate.show(given)).runId;
  const open = (await mandate.runs()).filter(({ status }) => status === 'running' || status === 'paused');
  const [only] = open;
  if (only !== undefined && open.length === 1) return only.runId;
  if (only === undefined) throw new CommandError('UnknownRun', 'There is no run that has not ended; see: mandate runs');
  throw usageError(
    `${open.length} runs have not ended: ${open.map(({ runId }) => runId).join(', ')}; name one: mandate run --resume RUN`,
    {
      field: 'resume',
      allowed: open.map(({ runId }) => runId),
    },
  );
}

function exitCodeOf({ status }: RunReport): number {
  if (status === 'completed') return EXIT.ok;
  return status === 'rejected' ? EXIT.denied : EXIT.failed;
}
