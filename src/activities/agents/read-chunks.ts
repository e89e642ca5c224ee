import type { Readable } from 'node:stream';

// How often a pipe whose program is gone is looked at, to see whether anybody still writes to it.
const SILENCE_MS = 500;

/**
 * The chunks of a stream, at the pace of whoever reads them, until it ends; or until the process has exited and
 * nothing more comes, since a program that left the group can hold the stream open for ever.
 */
export async function* readChunks(stream: Readable, exited: Promise<unknown>): AsyncGenerator<Buffer> {
  let reading = true;
  let silent = false;
  let over = false;
  let watch: NodeJS.Timeout | undefined;
  void exited.then(startWatch);
  try {
    for await (const chunk of stream) {
      reading = false;
      yield chunk as Buffer;
      reading = true;
      silent = false;
    }
  } catch {
    // Destroyed, or broken off: what was said before is what counts.
  } finally {
    over = true;
    clearInterval(watch);
  }

  function startWatch(): void {
    if (over) return;
    // Two looks, so that what is waiting to be read is read in between, however late a busy process takes the first.
    watch = setInterval(() => {
      if (reading && silent) stream.destroy();
      silent = true;
    }, SILENCE_MS);
  }
}
