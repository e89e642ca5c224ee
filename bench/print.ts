import Table from 'cli-table3';
import type { Figure } from './figure.ts';
import { meetsGoal, ratioOf } from './figure.ts';
import { growthOf } from './scale.ts';
import type { Scaled } from './scale.ts';
import type { Machine } from './machine.ts';

/** Where and what was measured, then the figures. */
export function formatReport(machine: Machine, figures: readonly Figure[]): string {
  const table = new Table({
    head: ['figure', 'bare', 'mandate', 'ratio', 'goal', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const figure of figures) table.push(row(figure));
  const notes = figures.filter(({ note }) => note !== undefined).map(({ name, note }) => `${name}: ${note}`);
  return [describe(machine), ...(figures.length === 0 ? [] : [table.toString()]), ...notes].join('\n');
}

/** The same for programs: each figure with its ratio and whether it meets its goal. */
export function toJson(machine: Machine, figures: readonly Figure[], scaled: readonly Scaled[]): string {
  const judged = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: meetsGoal(figure) }));
  const grown = scaled.map((figure) => ({ ...figure, ratio: growthOf(figure) }));
  return JSON.stringify({ machine, figures: judged, scaled: grown }, null, 2);
}

function describe({ cpu, cores, memoryGib, load, node, temporalServer, database }: Machine): string {
  return `${cores} x ${cpu}, ${memoryGib} GiB, load ${load} before; Node ${node}, Temporal server ${temporalServer}, ${database}`;
}

function row(figure: Figure): string[] {
  const ratio = ratioOf(figure);
  const met = meetsGoal(figure);
  return [
    `${figure.name} (${figure.unit})`,
    number(figure.bare),
    number(figure.mandate),
    ratio === undefined ? '-' : `${ratio.toFixed(2)} x`,
    goalOf(figure),
    met === undefined ? '' : met ? 'met' : 'FALLS SHORT',
  ];
}

function goalOf({ goal }: Figure): string {
  if (goal?.atMost !== undefined) return `<= ${goal.atMost} x`;
  return goal?.atLeast === undefined ? '' : `>= ${goal.atLeast} x`;
}

function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0);
}
