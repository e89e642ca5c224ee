import type { Word } from './shell-script.ts';

/** The arguments of a program, taken apart: options and what stands between them. */
export interface Arguments {
  /** In order, without options and their values. */
  readonly operands: readonly Word[];
  /** Whether an option was given: `--force`, `--force=x`; a short one also within a cluster, as `f` in `-uf`. */
  has(...names: readonly string[]): boolean;
  /** The values of an option, in all its forms. */
  values(...names: readonly string[]): readonly string[];
  /** Arguments that may turn out to be anything, options too. */
  readonly open: readonly Word[];
}

/** Takes arguments apart, given which options take a value. Nothing after `--` is an option. */
export function readArguments(args: readonly Word[], withValue: readonly string[] = []): Arguments {
  const operands: Word[] = [];
  const options: { readonly name: string; readonly value: string | undefined }[] = [];
  const open: Word[] = [];
  const shortWithValue = withValue.filter((name) => /^-[^-]$/.test(name)).map((name) => name.slice(1));
  let ended = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? { text: '', exact: true };
    const { text } = word;
    if (!ended && !word.exact && /^[$`]/.test(text)) open.push(word);
    if (ended || !text.startsWith('-') || text === '-') operands.push(word);
    else if (text === '--') ended = true;
    else if (text.startsWith('--')) {
      const [name = '', ...value] = text.split('=');
      const taken = value.length > 0 ? value.join('=') : withValue.includes(name) ? args[++at]?.text : undefined;
      options.push({ name, value: taken });
    } else {
      // Some programs spell long options with one hyphen.
      options.push({
        name: text.split('=')[0] ?? text,
        value: text.includes('=') ? text.slice(text.indexOf('=') + 1) : undefined,
      });
      for (let index = 1; index < text.length; index++) {
        const name = text[index] ?? '';
        if (!shortWithValue.includes(name)) {
          options.push({ name: `-${name}`, value: undefined });
          continue;
        }
        const rest = text.slice(index + 1);
        options.push({ name: `-${name}`, value: rest === '' ? args[++at]?.text : rest });
        break;
      }
    }
  }
  return {
    operands,
    open,
    has: (...names) => options.some(({ name }) => names.includes(name)),
    values: (...names) =>
      options.flatMap(({ name, value }) => (names.includes(name) && value !== undefined ? [value] : [])),
  };
}
