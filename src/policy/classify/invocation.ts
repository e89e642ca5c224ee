import {
  CARRIED,
  CARRIERS,
  INTERPRETERS,
  ONE_ARGUMENT_FIRST,
  PACKAGE_MANAGERS,
  PACKAGE_RUNS,
  SCRIPT_READERS,
  SHELLS,
  WRAPPERS,
} from './calling-programs.ts';
import { settingsOf, subcommandAt } from './git-configuration.ts';
import { readShell } from './shell-script.ts';
import type { ShellCommand, Word } from './shell-script.ts';

/** A program that a script calls, once everything that only calls another program has been taken away. */
export interface Invocation {
  /** Its name without folder, in lower case. */
  readonly name: string;
  readonly args: readonly Word[];
  /** Variables that are set for it alone: `A=1 program`. */
  readonly assignments: readonly Word[];
  readonly redirects: ShellCommand['redirects'];
  /** The text on its standard input, where that is known. */
  readonly input: Word | undefined;
  /** Programs that it is called through, outermost first: `sudo`, `xargs`. */
  readonly through: readonly string[];
}

export interface Invocations {
  readonly invocations: readonly Invocation[];
  readonly unreadable: readonly string[];
}

/** Every program that a script calls, through whatever shells and wrappers. */
export function invocationsOf(script: string): Invocations {
  const found: Found = { invocations: [], unreadable: [] };
  unfoldScript(script, [], 0, found);
  return { invocations: found.invocations, unreadable: [...new Set(found.unreadable)] };
}

interface Found {
  readonly invocations: Invocation[];
  readonly unreadable: string[];
}

interface Place {
  readonly command: ShellCommand;
  readonly assignments: readonly Word[];
  readonly through: readonly string[];
  readonly depth: number;
  readonly found: Found;
}

const MAX_DEPTH = 20;
/** Stands for what a program like xargs puts among the words. */
const PUT_IN = '$(standard input)';
const LONGEST_FILLED = 100_000;
/** Variables whose value other programs call as a command. */
const CALLED_VARIABLE =
  /^(?:[A-Z_]*EDITOR|VISUAL|[A-Z_]*PAGER|GIT_SSH_COMMAND|GIT_ASKPASS|SSH_ASKPASS|PROMPT_COMMAND)=(.*)$/s;
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=/;

function unfoldScript(script: string, through: readonly string[], depth: number, found: Found): void {
  if (depth > MAX_DEPTH) {
    found.unreadable.push('commands within commands, too deep to follow');
    return;
  }
  const { commands, unreadable } = readShell(script);
  found.unreadable.push(...unreadable);
  for (const command of commands) unfold(command.words, { command, assignments: [], through, depth, found });
}

function unfold(given: readonly Word[], place: Place): void {
  const { command, found, depth, through } = place;
  const first = given.findIndex((word) => !ASSIGNMENT.test(word.text));
  const words = first < 0 ? [] : given.slice(first);
  const assignments = [...place.assignments, ...given.slice(0, first < 0 ? given.length : first)];
  const [program, ...args] = words;
  if (depth > MAX_DEPTH) {
    found.unreadable.push('commands within commands, too deep to follow');
    return;
  }
  if (program !== undefined && !program.exact) {
    found.unreadable.push(`which program "${program.text}" is, is known only when it runs`);
    return;
  }
  const name = nameOf(program?.text ?? '');
  const input = command.input ?? writtenBy(command.pipedFrom);
  found.invocations.push({ name, args, assignments, redirects: command.redirects, input, through });

  const within: Place = { ...place, assignments, through: [...through, name], depth: depth + 1 };
  for (const { text } of given.slice(0, first < 0 ? given.length : first)) {
    const called = CALLED_VARIABLE.exec(text)?.[1];
    if (called !== undefined) unfoldScript(called, within.through, depth + 1, found);
  }
  if (name === 'eval') unfoldScript(args.map(({ text }) => text).join(' '), within.through, depth + 1, found);
  else if (SCRIPT_READERS.has(name)) unfoldShell(name, args, input, within);
  else if (name === 'su') unfoldOption(args, /^(?:-c|--command|-[a-z]*c)$/, within);
  else if (name === 'find' || name === 'fd') unfoldFind(args, within);
  else if (name === 'git' || name === 'hub') unfoldGit(args, within);
  // Every later call of git is given what is set here.
  else if (name === 'export') unfoldExported(args, within);
  else if (name === 'alias') unfoldAliases(args, within);
  else if (name === 'trap') unfoldScript(args[0]?.text ?? '', within.through, depth + 1, found);
  else if (name === 'awk' || name === 'gawk' || name === 'mawk') unfoldAwk(args, found);
  else if (Object.hasOwn(WRAPPERS, name)) unfoldWrapped(name, args, input, within);
  else if (CARRIERS.has(name)) unfoldCarried(name, args, within);
  else noteCode(name, args, found);
}

function nameOf(program: string): string {
  const base = program.split(/[/\\]/).at(-1) ?? '';
  return base.toLowerCase().replace(/\.(?:exe|cmd|bat)$/, '');
}

/** What a command before a pipe certainly writes. */
function writtenBy(command: ShellCommand | undefined): Word | undefined {
  const [program, ...args] = command?.words ?? [];
  const name = nameOf(program?.text ?? '');
  if (name === 'cat' && args.length === 0) return command?.input;
  if (name !== 'echo' && name !== 'printf') return undefined;
  const said = args.filter(({ text }, index) => !(name === 'echo' && index === 0 && /^-[neE]+$/.test(text)));
  // The format's own escapes end lines, as far as it matters here.
  const text = said.map((word) => word.text.replaceAll(String.raw`\n`, '\n')).join(' ');
  return { text, exact: said.every(({ exact }) => exact) };
}

function unfoldShell(
  name: string,
  args: readonly Word[],
  input: Word | undefined,
  { through, depth, found }: Place,
): void {
  const flag = args.findIndex(({ text }) => /^-[A-Za-z]*c$/.test(text) || text === '--command');
  const script = flag < 0 ? undefined : args.slice(flag + 1).find(({ text }) => !/^[-+]/.test(text));
  if (script !== undefined) {
    if (script.text.includes(PUT_IN))
      found.unreadable.push(`${name} runs a script with what is known only when it runs`);
    unfoldScript(script.text, through, depth, found);
    return;
  }
  const reads =
    !SHELLS.has(name) || args.every(({ text }) => text.startsWith('-')) || args.some(({ text }) => text === '-s');
  if (flag < 0 && !reads) {
    if (args.some(({ text }) => /^[<>]\(/.test(text)))
      found.unreadable.push(`${name} runs what another command writes`);
    // With `-n` it is only looked at.
    else if (!args.some(({ text }) => /^-[a-z]*n[a-z]*$|^--(?:version|help)$/.test(text)))
      found.unreadable.push(`${name} runs a script in a file, which is not looked into`);
    return;
  }
  if (args.some(({ text }) => text === '--version' || text === '--help')) return;
  if (input === undefined) found.unreadable.push(`${name} runs what it reads from elsewhere`);
  else unfoldScript(input.text, through, depth, found);
}

function unfoldOption(args: readonly Word[], option: RegExp, { through, depth, found }: Place): void {
  const at = args.findIndex(({ text }) => option.test(text));
  const script = at < 0 ? undefined : args[at + 1];
  if (script !== undefined) unfoldScript(script.text, through, depth, found);
}

function unfoldFind(args: readonly Word[], place: Place): void {
  let start: number | undefined;
  args.forEach(({ text }, index) => {
    if (/^-(?:exec|execdir|ok|okdir|x|X|-exec|-exec-batch)$/.test(text)) start = index + 1;
    else if (start !== undefined && (text === ';' || text === '+' || index === args.length - 1)) {
      const end = text === ';' || text === '+' ? index : index + 1;
      unfold(args.slice(start, end).map(runTime), place);
      start = undefined;
    }
  });
}

function runTime(word: Word): Word {
  return word.text.includes('{}') ? { text: word.text.replaceAll('{}', PUT_IN), exact: false } : word;
}

function unfoldExported(args: readonly Word[], place: Place): void {
  const settings = args.filter(({ text }) => text.startsWith('GIT_CONFIG_'));
  if (settings.length > 0) unfold([...settings, { text: 'git', exact: true }], place);
}

/** Settings whose value git calls as a command. */
const CALLED_SETTING =
  /^(?:core\.(?:editor|pager|fsmonitor|askpass)|sequence\.editor|pager\..+|diff\.external|(?:diff|merge|difftool|mergetool|filter)\..+\.(?:cmd|command|textconv|driver|clean|smudge|process))$/i;

/** Where git itself calls a shell, or one of its own commands by another name. */
function unfoldGit(args: readonly Word[], place: Place): void {
  const { through, depth, found } = place;
  args.forEach(({ text }, index) => {
    const next = args[index + 1]?.text ?? '';
    const exec = text === '--exec' || text === '-x' ? next : /^--exec=(.*)$/s.exec(text)?.[1];
    const each = text === 'foreach' && args[index - 1]?.text === 'submodule';
    const bisect = text === 'run' && args[index - 1]?.text === 'bisect';
    if (exec !== undefined && args.some((word) => word.text === 'rebase')) unfoldScript(exec, through, depth, found);
    if (each)
      unfoldScript(textOf(args.slice(index + 1).filter((word) => word.text !== '--recursive')), through, depth, found);
    if (bisect) unfold(args.slice(index + 1), place);
  });
  const aliases = new Map<string, string>();
  for (const { key, value } of settingsOf(args, place.assignments)) {
    const name = /^alias\.(.+)$/is.exec(key)?.[1];
    if (name !== undefined) aliases.set(name.toLowerCase(), value.text);
    else if (CALLED_SETTING.test(key)) unfoldScript(value.text, through, depth, found);
  }
  unfoldGitAliases(args, aliases, place);
}

/** What each stands for is carried out or kept for later; the one that is called gets the words behind it. */
function unfoldGitAliases(args: readonly Word[], aliases: Map<string, string>, place: Place): void {
  const { through, depth, found } = place;
  const at = subcommandAt(args);
  let called = args[at]?.text.toLowerCase() ?? '';
  let behind = args.slice(at + 1);
  while (aliases.has(called)) {
    const value = aliases.get(called) ?? '';
    aliases.delete(called);
    if (value.startsWith('!')) unfoldScript(value.slice(1), through, depth, found);
    else {
      const { commands, unreadable } = readShell(`git ${value}`);
      found.unreadable.push(...unreadable);
      const [git, ...words] = commands.at(-1)?.words ?? [];
      if (git === undefined) return;
      behind = [...words, ...behind];
      unfold([git, ...behind], { ...place, assignments: [] });
      const next = subcommandAt(behind);
      called = behind[next]?.text.toLowerCase() ?? '';
      behind = behind.slice(next + 1);
    }
  }
  for (const value of aliases.values())
    unfoldScript(value.startsWith('!') ? value.slice(1) : `git ${value}`, through, depth, found);
}

/** What an alias stands for is about to be called. */
function unfoldAliases(args: readonly Word[], { through, depth, found }: Place): void {
  for (const { text } of args) {
    const value = /^[^=]+=(.*)$/s.exec(text)?.[1];
    if (value !== undefined) unfoldScript(value, through, depth, found);
  }
}

function unfoldAwk(args: readonly Word[], found: Found): void {
  if (args.some(({ text }) => /system\s*\(|\|\s*"|\|\s*getline/.test(text)))
    found.unreadable.push('awk calls a shell with what it puts together');
}

function unfoldWrapped(name: string, args: readonly Word[], input: Word | undefined, place: Place): void {
  const split = name === 'env' ? args.find(({ text }) => /^(?:-S|--split-string=)./s.test(text)) : undefined;
  const splitNext = name === 'env' ? args.findIndex(({ text }) => /^-[a-zA-Z]*S$|^--split-string$/.test(text)) : -1;
  const text =
    split?.text.replace(/^(?:-S|--split-string=)/, '') ?? (splitNext < 0 ? undefined : args[splitNext + 1]?.text);
  if (text !== undefined) {
    unfoldScript(text, place.through, place.depth, place.found);
    return;
  }
  // `command -v x` only looks x up.
  if (name === 'command' && args.some((word) => /^-[vV]/.test(word.text))) return;
  const rest = afterOptions(args, WRAPPERS[name] ?? []).slice(ONE_ARGUMENT_FIRST.has(name) ? 1 : 0);
  if (rest.length === 0) return;
  const program = name === 'npx' || name === 'bunx' || name === 'pnpx' || name === 'uvx' ? withoutVersion(rest) : rest;
  if (name !== 'xargs') {
    unfold(program, place);
    return;
  }
  const mark = replacedByXargs(args, rest);
  const read = appended(input);
  unfold(mark === undefined ? [...program, ...read] : program.map((word) => filled(word, mark, read)), place);
}

/** The mark that xargs replaces among the words, if it does not append to them. */
function replacedByXargs(args: readonly Word[], rest: readonly Word[]): string | undefined {
  const options = args.slice(0, args.length - rest.length);
  const at = options.findIndex(({ text }) => /^(?:-[IiJ]|--replace)/.test(text));
  const option = options[at]?.text;
  if (option === undefined) return undefined;
  if (option === '-I' || option === '-J') return options[at + 1]?.text ?? '{}';
  return option.replace(/^(?:-[IiJ]|--replace=?)/, '') || '{}';
}

function filled(word: Word, mark: string, read: readonly Word[]): Word {
  if (!word.text.includes(mark)) return word;
  const text = read.map((each) => each.text).join(' ');
  const length = (word.text.length / mark.length) * text.length;
  if (length > LONGEST_FILLED) return { text: PUT_IN, exact: false };
  return { text: word.text.replaceAll(mark, () => text), exact: word.exact && read.every(({ exact }) => exact) };
}

function afterOptions(args: readonly Word[], withValue: readonly string[]): readonly Word[] {
  for (let at = 0; at < args.length; at++) {
    const text = args[at]?.text ?? '';
    if (text === '--') return args.slice(at + 1);
    if (!text.startsWith('-') || text === '-') return args.slice(at);
    if (withValue.includes(text)) at += 1;
  }
  return [];
}

function withoutVersion([program, ...args]: readonly Word[]): readonly Word[] {
  if (program === undefined) return args;
  return [{ ...program, text: program.text.replace(/(?<=.)@[^/]*$/, '') }, ...args];
}

/** What xargs hands on. */
function appended(input: Word | undefined): readonly Word[] {
  if (input === undefined || !input.exact) return [{ text: PUT_IN, exact: false }];
  return input.text
    .split(/\s+/)
    .filter((text) => text !== '')
    .map((text) => ({ text, exact: true }));
}

function unfoldCarried(name: string, args: readonly Word[], place: Place): void {
  const { through, depth, found } = place;
  const first = args.find(({ text }) => !text.startsWith('-'))?.text ?? '';
  if (PACKAGE_MANAGERS.has(name) && !CARRIED.has(first) && !args.some(({ text }) => PACKAGE_RUNS.has(text))) return;
  // `alpine/git` is an image, not a program.
  const at = args.findIndex(({ text, exact }) => exact && /^[^/]*$|^[./~]/.test(text) && CARRIED.has(nameOf(text)));
  if (at >= 0) unfold(args.slice(at), place);
  // A whole command in one argument, as ssh takes it.
  for (const { text } of args) {
    const [head = '', ...more] = text.trim().split(/\s+/);
    if (more.length > 0 && (CARRIED.has(nameOf(head)) || (name === 'ssh' && /[;&|]/.test(text))))
      unfoldScript(text, through, depth, found);
  }
}

function noteCode(name: string, args: readonly Word[], found: Found): void {
  const language = name.replace(/[\d.]+$/, '');
  const option = Object.hasOwn(INTERPRETERS, language) ? INTERPRETERS[language] : undefined;
  if (option !== undefined && args.some(({ text }) => option.test(text)))
    found.unreadable.push(`${name} runs code of another language, which is not read`);
}

function textOf(words: readonly Word[]): string {
  return words.map(({ text }) => text).join(' ');
}
