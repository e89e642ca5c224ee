import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Role } from '../src/worker.ts';

const PROGRAM = fileURLToPath(new URL('./worker-program.ts', import.meta.url));

/** What a worker's process is told, as JSON in its first argument. */
export interface ProgramSettings {
  readonly address: string;
  readonly bundle: string;
  readonly role: Role;
}

export interface CrewOptions extends ProgramSettings {
  readonly size: number;
  readonly logFile: string;
  /** Asked at each start of a process. */
  readonly env: () => Record<string, string>;
}

/** Processes of one role. Whoever dies is replaced, until they are told to end. */
export interface Crew {
  /** How often one ended without having been killed, which a server that is away may bring about. */
  readonly endedByThemselves: number;
  /** kill -9 to the one that was started `nth`, modulo what there is; another is started after the pause. */
  kill(nth: number, pauseMs: number): void;
  /** Waits until all places are taken by processes that work. */
  complete(): Promise<void>;
  end(): Promise<void>;
}

// One that dies at once, since the server is away, say, must not be started over and over.
const AGAIN_AFTER_MS = 1_000;

export function startCrew(options: CrewOptions): Crew {
  const places = Array.from({ length: options.size }, () => startPlace(options));
  return {
    get endedByThemselves() {
      return places.reduce((sum, place) => sum + place.endedByItself, 0);
    },
    kill: (nth, pauseMs) => places[nth % places.length]?.kill(pauseMs),
    async complete() {
      await Promise.all(places.map((place) => place.working()));
    },
    async end() {
      await Promise.all(places.map((place) => place.end()));
    },
  };
}

interface Place {
  readonly endedByItself: number;
  kill(pauseMs: number): void;
  working(): Promise<void>;
  end(): Promise<void>;
}

function startPlace({ env, logFile, address, bundle, role }: CrewOptions): Place {
  const settings: ProgramSettings = { address, bundle, role };
  const log = openSync(logFile, 'a');
  let child: ChildProcess | undefined;
  const state = { works: false, ending: false };
  let pauseMs: number | undefined;
  let endedByItself = 0;

  const keepRunning = async (): Promise<void> => {
    while (!state.ending) {
      child = fork(PROGRAM, [JSON.stringify(settings)], {
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', log, log, 'ipc'],
        env: { PATH: process.env['PATH'] ?? '', ...env() },
      });
      child.once('message', () => {
        state.works = true;
      });
      await once(child, 'exit');
      state.works = false;
      if (state.ending) return;
      if (pauseMs === undefined) endedByItself += 1;
      await sleep(pauseMs ?? AGAIN_AFTER_MS);
      pauseMs = undefined;
    }
  };
  const running = keepRunning();

  return {
    get endedByItself() {
      return endedByItself;
    },
    kill(pause) {
      pauseMs = pause;
      child?.kill('SIGKILL');
    },
    async working() {
      while (!state.works && !state.ending) await sleep(50);
    },
    async end() {
      state.ending = true;
      child?.kill('SIGKILL');
      await running;
    },
  };
}
