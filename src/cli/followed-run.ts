import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReport } from '../client.ts';
import type { Config } from '../config.ts';
import { NoServer } from '../dev/environment.ts';
import { isConnectionLost } from './connection-errors.ts';
import type { Decider } from './decider.ts';
import { CommandError } from './errors.ts';
import { Follower } from './follow-run.ts';
import { Leaving } from './leaving.ts';
import { Screen } from './screen.ts';
import { jsonText, plain } from '../policy/plain-text.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';
import { TypedLines } from './typed-lines.ts';

const RETRY_MS = 2_000;
const CLOSE_AFTER_MS = 10_000;

/** A run that is followed at a terminal or in a pipe: across servers that go away, until it ends or we leave. */
export class FollowedRun {
  private readonly config: Config;
  private readonly decider: Decider;
  private readonly json: boolean;
  private readonly screen = new Screen(() => this.lines.redraw());
  private readonly lines = new TypedLines((line) => this.stray(line));
  private readonly leaving: Leaving;
  private session: Session;
  private runId = '';

  constructor(options: { config: Config; session: Session; decider: Decider; json: boolean }) {
    this.config = options.config;
    this.session = options.session;
    this.decider = options.decider;
    this.json = options.json;
    this.leaving = new Leaving(
      () => this.question(),
      (line) => this.screen.line(line),
    );
  }

  /** The report of the run, or undefined when it was left to itself; the exit code then says why. */
  async follow(runId: string): Promise<RunReport | undefined> {
    this.runId = runId;
    const { signal } = this.leaving;
    const follower = new Follower({
      runId,
      decider: this.decider,
      screen: this.screen,
      lines: this.lines,
      claims: this.leaving.takes,
      onEvent: (event) => {
        if (this.json) process.stdout.write(`${jsonText(event)}\n`);
      },
    });
    while (!signal.aborted) {
      try {
        return await follower.follow(this.session.mandate, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (!isConnectionLost(error)) throw error;
        await this.reconnect();
      }
    }
    this.screen.line(this.farewell());
    process.exitCode = Number(signal.reason);
    return undefined;
  }

  async close(): Promise<void> {
    this.lines.close();
    await this.session.close();
  }

  private async reconnect(): Promise<void> {
    const { source, address } = this.session.environment;
    if (source === 'embedded') {
      throw new CommandError('ServerEnded', 'The embedded Temporal server has ended.', {
        hint: `Nothing is lost; go on with: mandate run --resume ${this.runId}`,
      });
    }
    this.screen.line(`The server at ${address} has gone away; looking for another ...`);
    // Its last calls are being tried again for some seconds, and a closed connection would throw at them.
    const gone = this.session;
    setTimeout(() => void gone.close(), CLOSE_AFTER_MS).unref();
    while (!this.leaving.signal.aborted) {
      try {
        this.session = await openSession(this.config, (line) => this.screen.line(line));
        this.screen.line(`Going on with the server at ${this.session.environment.address}.`);
        return;
      } catch (error) {
        if (!(error instanceof NoServer)) throw error;
        this.screen.line(`${plain(error.message)} Trying again ...`);
        await sleep(RETRY_MS);
      }
    }
  }

  private question(): string | undefined {
    if (this.session.environment.source !== 'embedded') return undefined;
    return (
      `The server is part of this process: when it ends, run ${plain(this.runId)} sleeps until "mandate dev" or ` +
      `"mandate run --resume ${plain(this.runId)}".\nCtrl-C again (or y) ends it; anything else goes on.`
    );
  }

  private farewell(): string {
    const sleeps = this.session.environment.source === 'embedded';
    return (
      `Run ${plain(this.runId)} ${sleeps ? 'sleeps; it goes on with "mandate dev", or' : 'goes on; come back'} with: ` +
      `mandate run --resume ${plain(this.runId)}`
    );
  }

  private stray(line: string): void {
    if (!this.leaving.takes(line) && line.trim() !== '') this.screen.line('Nothing is asked at the moment.');
  }
}
