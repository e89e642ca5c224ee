/** Raw values of the headers by which machines say that they wrote something. */
export interface MailMarks {
  readonly autoSubmitted: string | null;
  readonly precedence: string | null;
  readonly returnPath: string | null;
}

/** Whether a machine wrote it, as far as it says so (RFC 3834). Such a message is nobody's decision. */
export function isAutomatic({ autoSubmitted }: Pick<MailMarks, 'autoSubmitted'>): boolean {
  return autoSubmitted !== null && !/^\s*no\s*(?:[;(]|$)/i.test(autoSubmitted);
}

/** Whether a message may be answered by machine: else two machines would write to each other for ever. */
export function mayBeAnswered(marks: MailMarks): boolean {
  if (isAutomatic(marks)) return false;
  if (/^\s*(?:bulk|list|junk)\b/i.test(marks.precedence ?? '')) return false;
  return !/^\s*<\s*>/.test(marks.returnPath ?? '');
}
