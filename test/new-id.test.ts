import { expect, it } from 'vitest';
import { newId } from '../src/new-id.ts';

it('an id of a request has 144 bits, and is never taken for an option of a command', () => {
  const ids = Array.from({ length: 2_000 }, newId);

  expect(new Set(ids).size).toBe(2_000);
  expect(ids.filter((id) => !/^[A-Za-z0-9_][A-Za-z0-9_-]{23}$/.test(id))).toEqual([]);
});
