import type { Kysely } from 'kysely';
import { canonicalize, digestOf, sha256Hex } from '../contract/canonical.ts';
import type { Json } from '../contract/json.ts';
import type { Database } from './database.ts';
import type { OutputRow, Tables } from './tables.ts';

export interface NewOutput {
  readonly run: string;
  readonly stage: string;
  readonly agent: string;
  readonly phase: string;
  readonly class: 'alpha' | 'beta' | 'gamma';
  readonly name: string;
  readonly content: Json;
  /** `sha256:` and the hash of the content's canonical JSON; compared with the content when given. */
  readonly checksum?: string | undefined;
  /** The digest of the bytes that the content describes as an artifact: its own member `digest`. */
  readonly artifactDigest?: string | undefined;
  readonly time: string;
}

interface Output extends NewOutput {
  readonly id: string;
  readonly checksum: string;
  readonly validated?: { readonly at: string; readonly by: string };
}

export interface Outputs {
  /**
   * Keeps an output. The same content under the same run, stage, phase and name is kept once: the first is returned.
   *
   * @throws OutputChecksumMismatch when the given checksum is not that of the content.
   */
  put(output: NewOutput): Promise<Output>;
  /** In the order in which they were put. Like every reading below, it throws OutputChecksumMismatch. */
  list(query: {
    readonly run: string;
    readonly stage?: string | undefined;
    readonly phase?: string | undefined;
  }): Promise<Output[]>;
  /** The latest of that name. */
  get(query: {
    readonly run: string;
    readonly name: string;
    readonly stage?: string | undefined;
  }): Promise<Output | undefined>;
  /** Marks outputs as validated, by their checksums; the first mark stays. Returns how many outputs have the checksums. */
  markValidated(mark: {
    readonly run: string;
    readonly stage: string;
    readonly checksums: readonly string[];
    readonly by: string;
    readonly time: string;
  }): Promise<number>;
  /** Whether an artifact with this digest was put in this run and validated. */
  isValidated(query: { readonly run: string; readonly artifactDigest: string }): Promise<boolean>;
}

/** Thrown when an output's content does not have its checksum: it was changed, or never was what it was said to be. */
export class OutputChecksumMismatch extends Error {
  override readonly name = 'OutputChecksumMismatch';
}

export function createOutputs(database: Database): Outputs {
  return {
    async put(output) {
      const row = rowOf(output);
      return database.write(async (tx) => {
        await tx
          .insertInto('outputs')
          .values((eb) => ({
            ...row,
            sequence: eb
              .selectFrom('outputs')
              .select((eb) => eb(eb.fn.coalesce(eb.fn.max('sequence'), eb.val(0)), '+', 1).as('next'))
              .where('run', '=', row.run),
          }))
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
        return outputOf(await outputRows(tx).where('id', '=', row.id).executeTakeFirstOrThrow());
      });
    },

    async list({ run, stage, phase }) {
      const rows = await database.read((db) =>
        outputRows(db)
          .where('run', '=', run)
          .$if(stage !== undefined, (query) => query.where('stage', '=', stage ?? ''))
          .$if(phase !== undefined, (query) => query.where('phase', '=', phase ?? ''))
          .orderBy('sequence')
          .orderBy('id')
          .execute(),
      );
      return rows.map(outputOf);
    },

    async get({ run, name, stage }) {
      const row = await database.read((db) =>
        outputRows(db)
          .where('run', '=', run)
          .where('name', '=', name)
          .$if(stage !== undefined, (query) => query.where('stage', '=', stage ?? ''))
          .orderBy('sequence', 'desc')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst(),
      );
      return row && outputOf(row);
    },

    async markValidated({ run, stage, checksums, by, time }) {
      if (checksums.length === 0) return 0;
      const marked = await database.write((tx) =>
        tx
          .updateTable('outputs')
          .set((eb) => ({
            validated_at: eb.fn.coalesce('validated_at', eb.val(time)),
            validated_by: eb.fn.coalesce('validated_by', eb.val(by)),
          }))
          .where('run', '=', run)
          .where('stage', '=', stage)
          .where('checksum', 'in', checksums)
          .returning('id')
          .execute(),
      );
      return marked.length;
    },

    async isValidated({ run, artifactDigest }) {
      const rows = await database.read((db) =>
        outputRows(db)
          .where('run', '=', run)
          .where('artifact_digest', '=', artifactDigest)
          .where('validated_at', 'is not', null)
          .execute(),
      );
      // The content has a checksum, the column beside it has none.
      return rows.map(outputOf).some(({ content }) => digestIn(content) === artifactDigest);
    },
  };
}

function outputRows(db: Kysely<Tables>) {
  return db.selectFrom('outputs').selectAll();
}

function rowOf({ content, artifactDigest, ...output }: NewOutput): Omit<OutputRow, 'sequence'> {
  const { run, stage, agent, phase, class: outputClass, name, time } = output;
  const text = canonicalize(content);
  const checksum = checksumOf(text);
  if (output.checksum !== undefined && output.checksum !== checksum) {
    throw new OutputChecksumMismatch(
      `Output "${name}" of stage "${stage}" has the checksum ${checksum}, not ${output.checksum} as given with it; it was not kept`,
    );
  }
  return {
    // What makes an output the same one.
    id: digestOf([run, stage, phase, name, checksum]),
    run,
    stage,
    agent,
    phase,
    class: outputClass,
    name,
    content: text,
    checksum,
    artifact_digest: artifactDigest ?? null,
    time,
    validated_at: null,
    validated_by: null,
  };
}

function outputOf(row: OutputRow): Output {
  const { id, run, stage, agent, phase, name, checksum, time, validated_at: at, validated_by: by } = row;
  if (checksumOf(row.content) !== checksum) {
    throw new OutputChecksumMismatch(
      `Output "${name}" of stage "${stage}" in run ${run} was changed after it was put: its checksum should be ${checksum}`,
    );
  }
  return {
    id,
    run,
    stage,
    agent,
    phase,
    class: row.class as Output['class'],
    name,
    content: JSON.parse(row.content) as Json,
    checksum,
    ...(row.artifact_digest === null ? {} : { artifactDigest: row.artifact_digest }),
    time,
    ...(at === null || by === null ? {} : { validated: { at, by } }),
  };
}

function checksumOf(text: string): string {
  return `sha256:${sha256Hex(text)}`;
}

function digestIn(content: Json): Json | undefined {
  return typeof content === 'object' && content !== null && !Array.isArray(content) ? content['digest'] : undefined;
}
