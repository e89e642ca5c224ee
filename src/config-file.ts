import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { faultsOf } from './contract/issues.ts';
import { MandateApprovers } from './contract/grant.ts';
import { Hardening } from './contract/limits.ts';
import { ChannelName } from './contract/notification.ts';
import { Priority } from './contract/priority.ts';
import { readYaml } from './yaml-places.ts';

/** How those are told who are asked to decide, and who decides about standing approvals. */
const Approvals = z.strictObject({
  /** Over which channels, where a route says nothing else. Default: none; requests show in the inbox. */
  notify: z.array(ChannelName).max(10).default([]),
  /** Over how many independent channels a request of a priority has to go. */
  requireChannels: z.partialRecord(Priority, z.int().min(1).max(10)).default({}),
  /** Who is asked about standing approvals, in place of those that whoever wants one names. */
  mandates: MandateApprovers.optional(),
});

/** What a deployment's processes have in common, and what is too much for variables. */
const ConfigFile = z.strictObject({
  /** Off unless configured: without this section, calls have no limits. */
  hardening: Hardening.optional(),
  approvals: Approvals.prefault({}),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** What holds without a configuration file. */
export function withoutConfigFile(): ConfigFile {
  return ConfigFile.parse({});
}

/** Reads the configuration file, or throws an Error with a line for each fault, which begins with its place. */
export function readConfigFile(file: string): ConfigFile {
  const read = readYaml(file, textOf(file));
  if (!read.ok) throw new Error(read.faults.join('\n'));
  // A file with comments alone configures nothing.
  const parsed = ConfigFile.safeParse(read.value ?? {});
  if (parsed.success) return parsed.data;
  const lines = faultsOf(parsed.error, read.value).map(
    ({ path, segments, message }) => `${file}:${read.locate(segments)}: ${[path, message].filter(Boolean).join(': ')}`,
  );
  throw new Error(lines.join('\n'));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`MANDATE_CONFIG names ${file}, which cannot be read.`, { cause });
  }
}
