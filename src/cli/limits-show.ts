import { readConfig } from '../config.ts';
import { Kind } from '../contract/kinds.ts';
import type { LimitView } from '../store/limiters.ts';
import { type ChoiceOptions, readChoice } from './limits-choice.ts';
import { answer, remark, table } from './output.ts';
import { lengthOf, since } from './times.ts';
import { withStore } from './with-store.ts';

export async function showLimits({ json = false, ...options }: ChoiceOptions & { json?: boolean }): Promise<void> {
  const { tool, agent } = readChoice(options);
  const { hardening } = readConfig(process.env);
  const layers = await withStore(({ limits }) =>
    limits.show({
      limits: hardening,
      perAgent: hardening?.perAgent,
      tools: tool === undefined ? Kind.options : [tool],
      agent,
      now: new Date().toISOString(),
    }),
  );
  answer(json, { configured: hardening !== undefined, layers }, () => layersText(layers));
  if (!json && hardening === undefined) {
    remark('No limits are configured here; see MANDATE_CONFIG. Pauses, and what providers ask for, hold all the same.');
  }
}

function layersText(layers: readonly LimitView[]): string {
  return table(
    ['whose', 'layer', 'tool', 'state', 'wait', ''],
    layers.map((view) => [
      view.scope,
      view.layer,
      view.tool ?? 'all',
      view.state,
      view.retryInSeconds === null
        ? 'until resumed'
        : view.retryInSeconds > 0
          ? lengthOf(view.retryInSeconds * 1_000)
          : '',
      detailsOf(view),
    ]),
    'There are no limits.',
  );
}

function detailsOf({ used, of, consecutiveFailures = 0, by, since: from, reason, provider }: LimitView): string {
  if (by !== undefined && from !== undefined) return `by ${by} ${since(from)} ago: ${reason ?? ''}`;
  if (reason !== undefined) return provider === undefined ? reason : `${provider}: ${reason}`;
  if (used !== undefined) return `${used} of ${of} calls`;
  return consecutiveFailures > 0 ? `failures: ${consecutiveFailures}` : '';
}
