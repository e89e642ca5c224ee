import { AgentEvent } from '../../contract/agent-protocol.ts';
import { describeIssues } from '../../contract/issues.ts';
import { InvalidJson, parseStrictJson } from '../../contract/strict-json.ts';
import type { Line } from './line-splitter.ts';
import { printable } from './printable.ts';

// Throws a TypeError on bytes that are not UTF-8.
const utf8 = new TextDecoder('utf-8', { fatal: true });

export type EventLine =
  { readonly kind: 'event'; readonly event: AgentEvent } | { readonly kind: 'refused'; readonly reason: string };

/** Reads one line of an agent: an event, or why it is none, in one line. */
export function readEventLine(line: Line, maxLineBytes: number): EventLine {
  if (line.tooLong) {
    return refused(`the line is longer than ${maxLineBytes} bytes; write large data to a file and send its path`);
  }
  try {
    const value = parseStrictJson(utf8.decode(line.bytes));
    const parsed = AgentEvent.safeParse(value);
    if (parsed.success) return { kind: 'event', event: parsed.data };
    return refused(`the line is not an event: ${describeIssues(parsed.error, value)}`);
  } catch (error) {
    // The parser counts lines within its text, which here is one line of many.
    if (error instanceof InvalidJson) return refused(`the line is not JSON: ${error.message.replace(/^line 1, /, '')}`);
    if (error instanceof TypeError) return refused('the line is not valid UTF-8');
    throw error;
  }
}

function refused(reason: string): EventLine {
  return { kind: 'refused', reason: printable(reason, 500) };
}
