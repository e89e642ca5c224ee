import type { Command } from 'commander';
import { channelNames } from '../activities/channels/channels.ts';
import { readConfig } from '../config.ts';
import { NotificationClass } from '../contract/notification.ts';
import { answer, remark, table } from './output.ts';
import { localTime } from './times.ts';
import { withStore } from './with-store.ts';

interface RouteLine {
  readonly route: NotificationClass;
  /** 0 for the default, which nobody has changed. */
  readonly version: number;
  readonly channels: readonly string[];
  readonly changedAt?: string;
  readonly changedBy?: string;
}

export function addRoutesCommand(program: Command): void {
  program
    .command('routes')
    .description('list over which channels operators are told of what; the kind notify_routing_update changes it')
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  mandate routes --json')
    .action(({ json = false }: { json?: boolean }) => routes(json));
}

async function routes(json: boolean): Promise<void> {
  const { notifications } = readConfig(process.env);
  const changed = new Map((await withStore((store) => store.routes.all())).map((each) => [each.route, each]));
  const lines: RouteLine[] = NotificationClass.options.map(
    (route) => changed.get(route) ?? { route, version: 0, channels: notifications.defaults },
  );
  answer(json, lines, () =>
    table(
      ['class', 'channels', 'version', 'changed', 'by draft'],
      lines.map(({ route, channels, version, changedAt, changedBy }) => [
        route,
        channels.join(', '),
        version === 0 ? 'default' : String(version),
        changedAt === undefined ? '' : localTime(changedAt),
        changedBy ?? '',
      ]),
      'There are no classes.',
    ),
  );
  if (json) return;
  // What is configured here may differ from what the worker has, so this is a remark and no more.
  const known = channelNames(notifications);
  const missing = [...new Set(lines.flatMap(({ channels }) => channels))].filter((name) => !known.includes(name));
  if (missing.length > 0)
    remark(`Not configured in this shell: ${missing.join(', ')}. What has no channel goes to the log.`);
}
