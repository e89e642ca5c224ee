/** What a worker's process is told, as JSON in its first argument. */
export interface WorkerSettings {
  readonly variant: 'bare' | 'mandate';
  readonly address: string;
  readonly bundlePath: string;
  /** The variant's environment, as `readConfig` reads it. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: the SDK's, which depends on the size of the heap. */
  readonly maxCachedWorkflows?: number;
}

/** What a worker's process can be asked: processor seconds of all its threads since it began, or resident bytes after a full collection. */
export type WorkerQuestion = 'cpuSeconds' | 'rssBytes';
