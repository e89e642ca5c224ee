import type { Readable } from 'node:stream';

export interface TextTail {
  /** Resolves when no more can come. */
  readonly closed: Promise<void>;
  text(): string;
}

/** Reads a stream to its end, as fast as it comes, and keeps its last `maxBytes`. */
export function keepTail(stream: Readable, maxBytes: number): TextTail {
  let chunks: Buffer[] = [];
  let length = 0;

  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    // Joined only now and then, so that a program writing byte by byte does not cost a copy for each.
    if (length > 2 * maxBytes) compact();
  });
  // A log that breaks off is no reason to end a turn.
  stream.on('error', () => undefined);

  function compact(): void {
    chunks = [Buffer.concat(chunks).subarray(-maxBytes)];
    length = chunks[0]?.length ?? 0;
  }

  return {
    closed: new Promise((resolve) => stream.once('close', resolve)),
    text() {
      compact();
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
