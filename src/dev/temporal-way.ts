/** What every way of getting a Temporal program is given. */
export interface WayOptions {
  readonly env: NodeJS.ProcessEnv;
  /** See `defaultCacheFolder`. */
  readonly cacheFolder: string;
  /** Told one line at least every few seconds while something is fetched or built. */
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One way of getting a Temporal program does not work here. The message says why; `remedy` how to make it work. */
export class WayFailed extends Error {
  override readonly name = 'WayFailed';
  readonly way: string;
  readonly remedy: string;

  constructor(way: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.way = way;
    this.remedy = remedy;
  }
}

const PROGRESS_INTERVAL_MS = 2_000;

/** Runs `work`, telling now and every two seconds what `describe` makes of the elapsed whole seconds. */
export async function tellingProgress<T>(
  onProgress: (line: string) => void,
  describe: (seconds: number) => string,
  work: () => Promise<T>,
): Promise<T> {
  const began = Date.now();
  const tell = (): void => onProgress(describe(Math.round((Date.now() - began) / 1000)));
  tell();
  const timer = setInterval(tell, PROGRESS_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
