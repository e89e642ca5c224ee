import { open, readFile } from 'node:fs/promises';

/** Writes a file and waits until it is on the disk, so that nothing can name bytes that a power cut takes away. */
export async function writeDurably(file: string, content: Uint8Array | string, mode: number): Promise<void> {
  const handle = await open(file, 'w', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The bytes of a file; undefined when there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
