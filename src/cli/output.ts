import Table from 'cli-table3';
import pc from 'picocolors';
import { jsonText, plain } from '../policy/plain-text.ts';

const colorless = (process.env['NO_COLOR'] ?? '') !== '';

/** Colours of what goes to people: standard output, and standard error. */
export const colors = pc.createColors(!colorless && process.stdout.isTTY);
export const errorColors = pc.createColors(!colorless && process.stderr.isTTY);

/** The answer of a command, the only thing on standard output: one JSON document, or text for people. */
export function answer(json: boolean, value: unknown, human: () => string): void {
  process.stdout.write(`${json ? jsonText(value) : human()}\n`);
}

/** A remark for people, on standard error. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A table without lines; cells are others' text and come out harmless. `none` stands for no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const drawn = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    head: head.map((title) => colors.dim(title)),
  });
  drawn.push(...rows.map((row) => row.map(plain)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
