import type { Mandate, MandateScope } from '../contract/mandate.ts';

/** A mandate in one line: `github_comment to repo=acme/* by packer, amount at most 250.00`. */
export function mandateInWords({ scope }: Pick<Mandate, 'scope'>): string {
  const { kinds, targets, agents, maxAmounts } = scope;
  const most = Object.entries(maxAmounts).map(([pointer, amount]) => `${pointer} at most ${amount}`);
  return [
    `${kinds.join(' or ')} to ${targets.map(targetInWords).join(' or ')} by ${agents.join(' or ')}`,
    ...most,
  ].join(', ');
}

function targetInWords(target: MandateScope['targets'][number]): string {
  return Object.entries(target)
    .map(([name, pattern]) => `${name}=${pattern}`)
    .join(' and ');
}
