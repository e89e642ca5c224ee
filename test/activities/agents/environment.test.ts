import { describe, expect, it } from 'vitest';
import { agentEnvironment } from '../../../src/activities/agents/environment.ts';

const HOST = {
  PATH: '/bin',
  HOME: '/home/a',
  TZ: undefined,
  MODEL_KEY: 'k',
  OTHER: 'o',
  DATABASE_URL: 'postgres://',
};

describe('the environment of an agent', () => {
  it('is a short list, and nothing else of the host', () => {
    expect(agentEnvironment(HOST, [])).toEqual({ PATH: '/bin', HOME: '/home/a' });
  });

  it('has what the pipeline names, as far as the host has it', () => {
    expect(agentEnvironment(HOST, ['MODEL_KEY', 'MISSING'])).toEqual({ PATH: '/bin', HOME: '/home/a', MODEL_KEY: 'k' });
  });

  it.each(['MANDATE_DRAFT_KEY', 'TEMPORAL_API_KEY', 'DATABASE_URL', 'PGPASSWORD', 'mandate_data'])(
    'can never have %s',
    (name) => {
      expect(() => agentEnvironment(HOST, ['MODEL_KEY', name])).toThrow(
        `An agent cannot be given the environment variable ${name}: `,
      );
    },
  );
});
