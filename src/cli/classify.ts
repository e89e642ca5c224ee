import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { readAction } from '../activities/kinds/table.ts';
import { Action } from '../contract/action.ts';
import { describeIssues } from '../contract/issues.ts';
import { parseStrictJson } from '../contract/strict-json.ts';
import { classifyCommand } from '../policy/classify/command.ts';
import { classifyComment } from '../policy/classify/comment.ts';
import { classifyFileWrite } from '../policy/classify/file-write.ts';
import type { Classification, Finding } from '../policy/classify/finding.ts';
import { classifyHttp } from '../policy/classify/http.ts';
import { EXIT, invalidInput, usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';

interface ClassifyOptions {
  readonly command?: string;
  readonly action?: string;
  readonly file?: string;
  readonly json?: boolean;
}

export function addClassifyCommand(program: Command): void {
  program
    .command('classify')
    .description('tell which effects that nobody may delegate a command, an action or the writing of a file has')
    .option('--command <command>', 'a command line, as a POSIX shell would read it')
    .option('--action <file>', 'an action as JSON: {kind, target, payload}; - for standard input')
    .option('--file <path>', 'the path of a file that would be written')
    .option('--json', 'one JSON document: {findings, unreadable}')
    .addHelpText(
      'after',
      "\nExamples:\n  mandate classify --command 'git push --force origin main'\n  mandate classify --action action.json\n  mandate classify --file .github/CODEOWNERS\n\nExit codes: 0 none, 3 some, or something that cannot be told",
    )
    .action(classify);
}

async function classify(options: ClassifyOptions): Promise<void> {
  const { command, action, file, json = false } = options;
  const given = Object.entries({ '--command': command, '--action': action, '--file': file }).filter(
    ([, value]) => value !== undefined,
  );
  const allowed = ['--command', '--action', '--file'];
  if (given.length === 0) throw usageError('Give one of --command, --action and --file.', { allowed });
  if (given.length > 1)
    throw usageError(
      `Only one may be given of ${given.map(([option]) => option).join(' and ')}; leave the others out.`,
      {
        allowed,
      },
    );
  const [[option, value] = []] = given;
  if (value?.trim() === '')
    throw usageError(`${option} is empty; say what is to be classified.`, { field: option, given: value });
  const found = await classificationOf(options);
  answer(json, found, () => text(found));
  process.exitCode = found.findings.length + found.unreadable.length === 0 ? EXIT.ok : EXIT.denied;
}

async function classificationOf({ command, action, file }: ClassifyOptions): Promise<Classification> {
  if (command !== undefined) return classifyCommand(command);
  if (file !== undefined) return { findings: classifyFileWrite(file), unreadable: [] };
  return classifyAction(action ?? '-');
}

async function classifyAction(file: string): Promise<Classification> {
  const source = file === '-' ? 'standard input' : file;
  const refused = (why: string, cause?: unknown): Error =>
    invalidInput(`${source}: ${why}`, { field: 'action', given: file, cause });
  let content: string;
  try {
    content = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw refused('cannot be read; name a file with an action as JSON', cause);
  }
  let value: unknown;
  try {
    value = parseStrictJson(content);
  } catch (cause) {
    throw refused(`is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const action = Action.safeParse(value);
  if (!action.success) throw refused(describeIssues(action.error, value));
  const read = readAction(action.data);
  if (!read.ok) throw refused(read.reason);
  const told = findingsOf(action.data);
  const findings = read.nonDelegable.flatMap((which) => {
    const why = told.filter((each) => each.class === which);
    return why.length > 0 ? why : [{ class: which, why: read.summary }];
  });
  return { findings, unreadable: [] };
}

/** By what the kinds that are classified by a text or a request come by their classes. */
function findingsOf({ kind, target, payload }: Action): readonly Finding[] {
  const textAt = (part: Action['target'], name: string): string => {
    const value = part[name];
    return typeof value === 'string' ? value : '';
  };
  if (kind === 'github_comment') return classifyComment(textAt(payload, 'body'));
  if (kind === 'webhook') return classifyHttp({ method: 'POST', url: textAt(target, 'url'), body: payload['body'] });
  return [];
}

function text({ findings, unreadable }: Classification): string {
  if (findings.length + unreadable.length === 0) return 'nothing that may not be delegated';
  return [
    ...findings.map((found) => `${found.class}: ${plain(found.why)}`),
    ...unreadable.map((what) => `cannot be told: ${plain(what)}`),
  ].join('\n');
}
