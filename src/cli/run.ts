import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { givenText } from '../given-text.ts';
import { isGiven } from '../dev/given-server.ts';
import { newRunId } from '../new-run-id.ts';
import { deciderOf } from './decider.ts';
import { usageError } from './errors.ts';
import type { RunOrder } from './run-order.ts';
import { readRunRequest } from './run-request.ts';
import { whoAmI } from './who-am-i.ts';

interface RunOptions {
  readonly input: readonly string[];
  readonly as?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly resume?: string | true;
  readonly runId?: string;
}

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('start a run and follow it to its end')
    .argument('[pipeline]', 'file of the pipeline, in YAML or JSON')
    .option('-i, --input <name=value>', 'an input of the pipeline; may be given several times', collect, [])
    .option('--as <who>', 'who starts it, and decides here where there is no MANDATE_TOKEN (default: you)')
    .option('--detach', 'print the ids and leave; needs a server that stays, such as: mandate dev')
    .option('--resume [run]', 'follow a run that was started before (default: the one that has not ended)')
    .option('--run-id <id>', 'id of the run; with one that is there already, follows that one')
    .option('--json', 'events as JSON Lines, the report last')
    .addHelpText('after', EXAMPLES)
    .action((pipeline: string | undefined, options: RunOptions) => run(pipeline, options));
}

const EXAMPLES = `
Examples:
  mandate run examples/publish/pipeline.yaml --input source=./docs
  echo "approve because I read it" | mandate run pipeline.yaml
  mandate run pipeline.yaml --detach --json
  mandate run --resume

Exit codes: 0 completed, 1 failed, revoked or cancelled, 2 bad input, 3 rejected, 130 left with Ctrl-C`;

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

async function run(file: string | undefined, options: RunOptions): Promise<void> {
  const config = readConfig(process.env);
  const order = await readOrder(file, options, config);
  // Only now, since Temporal's libraries take a while to load, and bad input is to be told at once.
  const { detach, follow } = await import('./run-order.ts');
  await (order.detach ? detach(config, order) : follow(config, order));
}

async function readOrder(file: string | undefined, options: RunOptions, { token }: Config): Promise<RunOrder> {
  const { input, resume, runId = newRunId(), detach = false, json = false } = options;
  const who = whoAmI(options.as);
  const decider = deciderOf(token, () => who);
  if (resume !== undefined) {
    if (file !== undefined || input.length > 0 || options.runId !== undefined || detach) {
      throw usageError(
        '--resume goes on with a run as it was started: leave out the pipeline, --input, --run-id and --detach.',
      );
    }
    return { resume, who, decider, detach, json };
  }
  if (file === undefined) throw usageError('Name the file of a pipeline, or use --resume; see: mandate run --help');
  if (!RUN_ID.test(runId)) {
    throw usageError(
      `--run-id must be 1 to 100 letters, digits, dots, hyphens or underscores; given ${givenText(runId)}.`,
      { field: 'runId', given: runId },
    );
  }
  const request = await readRunRequest({
    file,
    inputs: input,
    requester: who,
    runId,
    sharesFiles: !isGiven(process.env),
  });
  return { request, runId, who, decider, detach, json };
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
