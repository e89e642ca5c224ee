import { z } from 'zod';
import { AgentAnswer, AgentEvent, AgentPacket, OutputEvent } from './agent-protocol.ts';
import { JsonObject } from './json.ts';

/** The agent protocol as one JSON Schema (draft 2020-12): `$defs` has the packet, the events and the answers. */
export function agentProtocolJsonSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Mandate agent protocol',
    description:
      'JSON Lines between Mandate and an agent. Standard input: one Packet, then Answers. Standard output: Events.',
    $defs: { Packet: schemaOf(AgentPacket), Event: schemaOf(AgentEvent), Answer: schemaOf(AgentAnswer) },
  };
}

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    // The two JSON types are checked by functions, which a JSON Schema cannot show.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === JsonObject) jsonSchema.type = 'object';
      if (zodSchema === OutputEvent) jsonSchema.oneOf = [{ required: ['path'] }, { required: ['content'] }];
    },
  });
  return rest;
}
