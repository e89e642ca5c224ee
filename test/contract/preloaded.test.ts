import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const CONTRACT = new URL('../../src/contract/', import.meta.url);

// Read outside workflows only: by agents' adapters, and by what writes JSON Schemas.
const NOT_IN_WORKFLOWS = ['agent-protocol.ts', 'agent-protocol-schema.ts', 'pipeline-schema.ts'];

it('every module of the contract that makes schemas is preloaded for workflows, with its namespace frozen', () => {
  const withSchemas = readdirSync(CONTRACT).filter((file) =>
    /^import \{ z \} from 'zod'/m.test(readFileSync(new URL(file, CONTRACT), 'utf8')),
  );
  const preload = readFileSync(new URL('../../src/workflows/preload.ts', import.meta.url), 'utf8');
  const imported = [...preload.matchAll(/import \* as (\w+) from '\.\.\/contract\/(.+)'/g)];
  const frozen =
    /for \(const namespace of \[([^\]]+)\]/
      .exec(preload)?.[1]
      ?.split(',')
      .map((name) => name.trim()) ?? [];

  const files = imported.map(([, , file]) => file);
  const names = imported.map(([, name]) => name);
  expect(new Set(files)).toEqual(new Set(withSchemas.filter((file) => !NOT_IN_WORKFLOWS.includes(file))));
  expect(new Set(names)).toEqual(new Set(frozen.filter((name) => name !== '')));
});
