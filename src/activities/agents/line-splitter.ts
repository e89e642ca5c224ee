const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A line without its end. Of a line that is too long only the first bytes are kept. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly tooLong: boolean;
}

export interface LineSplitter {
  /** The lines that this chunk completes, and one that it makes too long. */
  push(chunk: Buffer): Iterable<Line>;
  /** The last line, when the stream ended without a newline. */
  end(): Iterable<Line>;
}

/**
 * Splits bytes into lines ended by LF or CR LF, and never holds more than `maxBytes` of one: a longer line is reported
 * as soon as it is too long, whether or not it ever ends, and the rest of it is dropped.
 */
export function createLineSplitter(maxBytes: number, keptBytes: number): LineSplitter {
  let number = 1;
  let pieces: Buffer[] = [];
  let length = 0;
  let dropping = false;

  function* push(chunk: Buffer): Iterable<Line> {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const to = newline === -1 ? chunk.length : newline;
      if (!dropping) yield* add(chunk.subarray(from, to));
      if (newline === -1) return;
      if (!dropping) yield take(false);
      dropping = false;
      number += 1;
      from = newline + 1;
    }
  }

  function* add(piece: Buffer): Iterable<Line> {
    pieces.push(piece);
    length += piece.length;
    if (length <= maxBytes) return;
    dropping = true;
    yield take(true);
  }

  function take(tooLong: boolean): Line {
    const bytes = Buffer.concat(pieces, tooLong ? keptBytes : length);
    pieces = [];
    length = 0;
    return { number, bytes: bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes, tooLong };
  }

  function* end(): Iterable<Line> {
    if (length > 0) yield take(false);
  }

  return { push, end };
}
