import { Kind } from '../contract/kinds.ts';
import { usageError } from './errors.ts';

/** Whose limits are meant, as the command line says it. */
export interface ChoiceOptions {
  readonly tool?: string;
  readonly agent?: string;
}

export interface Choice {
  readonly tool: Kind | undefined;
  readonly agent: string | undefined;
}

export function readChoice({ tool, agent }: ChoiceOptions): Choice {
  if (agent !== undefined && (agent.trim() === '' || agent.length > 200 || /\p{Cc}/u.test(agent))) {
    throw usageError('--agent takes an id of 1 to 200 characters.', { field: 'agent', given: agent });
  }
  return { tool: tool === undefined ? undefined : readTool(tool), agent: agent?.trim() };
}

function readTool(tool: string): Kind {
  const kind = Kind.safeParse(tool);
  if (kind.success) return kind.data;
  const allowed = Kind.options;
  throw usageError(`--tool takes a kind, one of ${allowed.join(', ')}; given "${tool}".`, {
    field: 'tool',
    given: tool,
    allowed,
  });
}
