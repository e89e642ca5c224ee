import { appendFile } from 'node:fs/promises';

const book = process.env.REFUNDS_FILE ?? 'refunds.txt';

/** A real one would call the bank; this one keeps a book. */
export async function payBack({ order, amount }) {
  await appendFile(book, `${order} ${amount}\n`);
}
