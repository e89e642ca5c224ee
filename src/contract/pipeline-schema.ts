import { z } from 'zod';
import { ApprovalRule, Approver, AskedGroup, AskedLevel, Quorum } from './approval.ts';
import { Name, Title } from './names.ts';
import {
  ActionApproval,
  ActionRule,
  AgentSpec,
  AgentStage,
  ApprovalSettings,
  Check,
  ConditionStage,
  GateStage,
  InputSpec,
  ParallelStage,
  Pipeline,
  Stage,
} from './pipeline.ts';

/** The pipeline format as a JSON Schema (draft 2020-12), for editors. What admission asks beyond the shape is not in it. */
export function pipelineJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(Pipeline, {
    // As one writes it: what has a default may be left out.
    io: 'input',
    metadata: NAMES,
    // JSON values and the quorum are checked by functions, which a JSON Schema cannot show.
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === Quorum) Object.assign(jsonSchema, QUORUM);
      if (zodSchema === Title) jsonSchema.pattern = TITLE;
    },
  });
  return { $schema, title: 'Mandate pipeline', description: 'The stages of a run, as data.', ...rest };
}

const PRINTED = '[^\\p{Cc}\\p{Cf}]';
// Not blank, and one line fit for a list.
const TITLE = `^${PRINTED}*[^\\p{Cc}\\p{Cf}\\s]${PRINTED}*$`;

const COUNT = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const QUORUM = { anyOf: [COUNT, { type: 'object', minProperties: 1, additionalProperties: COUNT }] };

/** The names under which `$defs` has the parts. */
const NAMES = z.registry<{ readonly id: string }>();
const PARTS = {
  ActionApproval,
  ActionRule,
  AgentSpec,
  AgentStage,
  ApprovalRule,
  ApprovalSettings,
  Approver,
  AskedGroup,
  AskedLevel,
  Check,
  ConditionStage,
  GateStage,
  InputSpec,
  Name,
  ParallelStage,
  Stage,
  Title,
};
for (const [id, part] of Object.entries(PARTS)) NAMES.add(part, { id });
