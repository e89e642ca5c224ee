/** A value in which every text that is a JSON object or list has become one: receivers read such texts. */
export function unfoldJson(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return value;
  if (typeof value === 'string') {
    const read = parsed(value);
    return read === undefined ? value : unfoldJson(read, depth + 1);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => unfoldJson(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unfoldJson(member, depth + 1)]));
}

function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

// As deep as any action may nest.
const MAX_DEPTH = 101;
