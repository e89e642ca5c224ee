/** Whether a script of sed calls a shell, as GNU's does by the command `e` and the flag `e` of `s`. */
export function sedCallsShell(script: string): boolean {
  let at = 0;
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(script)?.[0] ?? '';
    at += found.length;
    return found;
  };
  /** Up to the next delimiter that is not escaped. */
  const part = (delimiter: string): void => {
    for (; at < script.length && script[at] !== delimiter; at++) if (script[at] === '\\') at += 1;
    at += 1;
  };
  while (at < script.length) {
    skip(/[\s;{}!,~+\d$]*/y);
    const command = script[at] ?? '';
    at += 1;
    if (command === '/') {
      part('/');
      skip(/[IM]*/y);
    } else if (command === '\\') {
      at += 1;
      part(script[at - 1] ?? '');
      skip(/[IM]*/y);
    } else if (command === 's' || command === 'y') {
      at += 1;
      const delimiter = script[at - 1] ?? '';
      part(delimiter);
      part(delimiter);
      const flags = skip(/[a-zA-Z\d]*/y);
      if (command === 's' && /^[^w]*e/.test(flags)) return true;
      if (flags.includes('w')) skip(/.*/y);
    } else if (command === 'e') return true;
    else if (/[aicrRwW]/.test(command)) skip(/(?:\\[\s\S]|.)*/y);
    else if (/[btT:]/.test(command)) skip(/[^;\n}]*/y);
  }
  return false;
}
