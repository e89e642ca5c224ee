import { readArguments } from './arguments.ts';
import type { Word } from './shell-script.ts';

/** A setting of git: its value is the text `true` where none is given. */
export interface GitSetting {
  readonly key: string;
  readonly value: Word;
}

export const GIT_GLOBAL_WITH_VALUE = [
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--config-env',
];
const READS = /^(?:--get.*|--list|-l|--show-origin|--show-scope|--unset.*|--remove-section|--rename-section)$/;
const OPERATIONS = new Set(['get', 'list', 'unset', 'edit', 'remove-section', 'rename-section']);

/** Where the command of git stands, behind the options of git itself. */
export function subcommandAt(args: readonly Word[]): number {
  for (let at = 0; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (!text.startsWith('-')) return at;
    if (GIT_GLOBAL_WITH_VALUE.includes(text)) at += 1;
  }
  return args.length;
}

/** What a call sets: for itself by options and variables, and for later ones by `git config`. */
export function settingsOf(args: readonly Word[], assignments: readonly Word[]): readonly GitSetting[] {
  const at = subcommandAt(args);
  const kept = args[at]?.text === 'config' ? writtenByConfig(args.slice(at + 1)) : [];
  return [...byOptions(args.slice(0, at), assignments), ...byVariables(assignments), ...kept];
}

function byOptions(args: readonly Word[], assignments: readonly Word[]): GitSetting[] {
  return args.flatMap(({ text }, index) => {
    const next = args[index + 1];
    if (text === '-c' && next !== undefined) return [setting(next)];
    const named = text === '--config-env' ? next?.text : /^--config-env=(.*)$/s.exec(text)?.[1];
    const [, key, variable = ''] = /^(.*)=([^=]*)$/s.exec(named ?? '') ?? [];
    return key === undefined ? [] : [{ key, value: variableOf(assignments, variable) }];
  });
}

function setting({ text, exact }: Word): GitSetting {
  const at = text.indexOf('=');
  return at < 0
    ? { key: text, value: { text: 'true', exact } }
    : { key: text.slice(0, at), value: { text: text.slice(at + 1), exact } };
}

function byVariables(assignments: readonly Word[]): GitSetting[] {
  return assignments.flatMap(({ text }) => {
    const [, number, key] = /^GIT_CONFIG_KEY_(\d+)=(.*)$/s.exec(text) ?? [];
    return key === undefined ? [] : [{ key, value: variableOf(assignments, `GIT_CONFIG_VALUE_${number}`) }];
  });
}

function variableOf(assignments: readonly Word[], name: string): Word {
  const set = assignments.findLast(({ text }) => text.startsWith(`${name}=`));
  return set === undefined
    ? { text: `$${name}`, exact: false }
    : { text: set.text.slice(name.length + 1), exact: set.exact };
}

function writtenByConfig(words: readonly Word[]): GitSetting[] {
  if (words.some(({ text }) => READS.test(text))) return [];
  const { operands } = readArguments(words, ['-f', '--file', '--blob', '--type', '--default']);
  if (OPERATIONS.has(operands[0]?.text ?? '')) return [];
  const [key, value] = operands[0]?.text === 'set' ? operands.slice(1) : operands;
  return key === undefined || value === undefined ? [] : [{ key: key.text, value }];
}
