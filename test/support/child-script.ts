import { execa, type ResultPromise } from 'execa';

const SRC = new URL('../../src/', import.meta.url).href;
// In a process group of its own, so that a test can interrupt it as a terminal does.
const OPTIONS = { reject: false, detached: true } as const;

/** Runs TypeScript's own modules in another Node process; in the code, `${src}` names the folder of the sources. */
export function runScript(code: string): ResultPromise<typeof OPTIONS> {
  const script = code.replaceAll('${src}', SRC);
  return execa(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], OPTIONS);
}
