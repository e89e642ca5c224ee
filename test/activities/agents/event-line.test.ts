import { describe, expect, it } from 'vitest';
import { readEventLine } from '../../../src/activities/agents/event-line.ts';

const MAX_LINE_BYTES = 1_000;

describe('a line of an agent', () => {
  it.each([
    { type: 'heartbeat' },
    { type: 'output', name: 'notes', path: 'out/notes.md', mediaType: 'text/markdown' },
    { type: 'output', name: 'count', content: 0 },
    { type: 'output', name: 'nothing', content: null },
    { type: 'plan', plan: { steps: [] } },
    {
      type: 'proposal',
      id: 'p',
      action: { kind: 'ledger_done', target: { item: 'a' }, payload: {} },
      title: 'Close a',
      declared: ['public_truth_claim'],
    },
    { type: 'error', errorType: 'NotFound', message: 'no such file' },
    { type: 'confidence', value: 1, about: 'the notes' },
    { type: 'done', summary: 'all good' },
  ])('is the event %j', (event) => {
    expect(read(JSON.stringify(event))).toEqual({ kind: 'event', event });
  });

  it.each([
    ['', 'the line is not JSON: column 1: the text ends where a value was expected'],
    ['working...', 'the line is not JSON: column 1: "w" where a value was expected'],
    ['{"type":"done"} {"type":"done"}', 'the line is not JSON: column 17: "{" after the end of the value'],
    ['{"type":"heartbeat","type":"done"}', 'duplicate member name "type"'],
    ['{"type":"done"}\0', 'the line is not JSON: column 16'],
    [Buffer.from([0x22, 0xff, 0x22]), 'the line is not valid UTF-8'],
    ['[]', 'the line is not an event: must be an object, given []'],
    [
      '{"type":"exec"}',
      'type: must be one of heartbeat, output, plan, proposal, error, confidence, done, given "exec"',
    ],
    ['{"type":"done","extra":1}', 'extra: unknown field'],
    ['{"type":"confidence","value":1.5}', 'value: '],
    ['{"type":"output","name":"o"}', 'must have either a path or a content'],
    ['{"type":"output","name":"o","path":"a","content":1}', 'must have either a path or a content'],
    ['{"type":"output","name":"o","path":"/etc/passwd"}', 'path: must be relative to the workspace'],
    ['{"type":"output","name":"o","path":"a/../../b"}', 'path: must not contain ".."'],
    ['{"type":"output","name":"o","path":"a\\u0000"}', 'path: must be relative to the workspace'],
    ['{"type":"output","name":"../o","content":1}', 'name: must be 1 to 64 letters'],
    ['{"type":"proposal","id":"p","action":{"kind":"k","target":{}}}', 'action.payload: '],
    [
      '{"type":"proposal","id":"p","action":{"kind":"k","target":{},"payload":{}},"declared":["harmless"]}',
      'declared[0]: ',
    ],
    ['{"type":"plan","plan":[]}', 'plan: '],
  ])('is refused: %j', (text, reason) => {
    expect(read(text)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) });
  });

  it('is refused when it is too long, with what to do instead', () => {
    const line = readEventLine({ number: 1, bytes: Buffer.from('x'), tooLong: true }, MAX_LINE_BYTES);

    expect(line).toEqual({
      kind: 'refused',
      reason: 'the line is longer than 1000 bytes; write large data to a file and send its path',
    });
  });
});

function read(text: string | Buffer): ReturnType<typeof readEventLine> {
  return readEventLine({ number: 1, bytes: Buffer.from(text as string), tooLong: false }, MAX_LINE_BYTES);
}
