import type { Command } from 'commander';
import { channelNames } from '../activities/channels/channels.ts';
import type { ChannelSettings } from '../activities/channels/channels.ts';
import { readConfig } from '../config.ts';
import { isAboutApproval, NotificationClass, RouteName } from '../contract/notification.ts';
import { answer, remark, table } from './output.ts';
import { localTime } from './times.ts';
import { withStore } from './with-store.ts';

interface RouteLine {
  readonly route: RouteName;
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
  // A priority has a row of its own once somebody has given it one; until then its class speaks for it.
  const rows = RouteName.options.filter((route) => !route.includes('/') || changed.has(route));
  const lines: RouteLine[] = rows.map((route) => changed.get(route) ?? byDefault(route, notifications));
  answer(json, lines, () =>
    table(
      ['class', 'channels', 'version', 'changed', 'by draft'],
      lines.map(({ route, channels, version, changedAt, changedBy }) => [
        route,
        channels.join(', ') || 'none',
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

function byDefault(route: RouteName, { approvals, defaults }: ChannelSettings): RouteLine {
  const its = NotificationClass.safeParse(route);
  const channels = its.success && isAboutApproval(its.data) ? approvals.notify : defaults;
  return { route, version: 0, channels };
}
