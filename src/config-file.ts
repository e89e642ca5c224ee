import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { faultsOf } from './contract/issues.ts';
import { MandateApprovers } from './contract/grant.ts';
import { Hardening } from './contract/limits.ts';
import { readYaml } from './yaml-places.ts';

/** What a deployment's processes have in common, and what is too much for variables. */
const ConfigFile = z.strictObject({
  /** Off unless configured: without this section, calls have no limits. */
  hardening: Hardening.optional(),
  approvals: z
    .strictObject({
      /** Who is asked about standing approvals, in place of those that whoever wants one names. */
      mandates: MandateApprovers.optional(),
    })
    .optional(),
});
type ConfigFile = z.infer<typeof ConfigFile>;

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
