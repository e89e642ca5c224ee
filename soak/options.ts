import { parseArgs } from 'node:util';
import { z } from 'zod';

const Options = z.object({
  /** How long the disturbances last. */
  minutes: z.coerce.number().min(0.1).max(1_440).default(5),
  /** How many dispatches are open at a time, at most. */
  dispatches: z.coerce.number().int().min(1).max(500).default(20),
  seed: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, 'must be 1 to 40 letters, digits, hyphens or underscores')
    .optional(),
  postgres: z.boolean().default(false),
  json: z.boolean().default(false),
});

/** What the soak was asked to do. */
export type SoakOptions = Required<z.infer<typeof Options>> & { readonly seed: string };

export const USAGE = `npm run soak -- [options]

  --minutes N      how long the disturbances last (default 5); the rest takes up to two minutes more
  --dispatches N   dispatches that are open at a time, at most (default 20)
  --seed S         the same disturbances in the same order as with this seed
  --postgres       the store on the PostgreSQL server of TEST_DATABASE_URL; default: a SQLite file
  --json           one JSON document

Exit code 0 when every book balances, 1 when one does not, 2 for wrong usage.`;

/** The options of the command line, or what is wrong with them. */
export function readOptions(args: readonly string[]): SoakOptions | { readonly fault: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string' },
        dispatches: { type: 'string' },
        seed: { type: 'string' },
        postgres: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { fault: '' };
    const parsed = Options.safeParse(values);
    if (parsed.success) return { ...parsed.data, seed: parsed.data.seed ?? newSeed() };
    return { fault: parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; ') };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function newSeed(): string {
  return String(Math.floor(Math.random() * 1_000_000));
}
