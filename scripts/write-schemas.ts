/** Writes the published JSON Schemas from the zod schemas: `npx tsx scripts/write-schemas.ts`. */
import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { agentProtocolJsonSchema } from '../src/contract/agent-protocol-schema.ts';
import { pipelineJsonSchema } from '../src/contract/pipeline-schema.ts';

const SCHEMAS = [
  { file: 'docs/agent-protocol.schema.json', schema: agentProtocolJsonSchema() },
  { file: 'docs/pipeline.schema.json', schema: pipelineJsonSchema() },
];

for (const { file, schema } of SCHEMAS) {
  const url = new URL(`../${file}`, import.meta.url);
  await writeFile(url, await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 }));
  console.log(`wrote ${file}`);
}
