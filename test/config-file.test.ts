import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadConfiguration, readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mandate-config-'));
  file = join(folder, 'mandate.yaml');
});
afterAll(() => rm(folder, { recursive: true }));

describe('the configuration file', () => {
  it('configures no limits when there is none, or nothing in it', async () => {
    const without = readConfig({ MANDATE_DATA: folder });
    const empty = await configOf('# nothing yet\n');

    expect([without.hardening, empty.hardening]).toEqual([undefined, undefined]);
    expect(without.notifications.defaults).toEqual(['log']);
  });

  it('turns every layer on that it does not switch off', async () => {
    const { hardening, notifications } = await configOf(`
hardening:
  alerts: [pager]
  hourlyCap: null
  cooldown: { byTool: { webhook: 5 } }
  perAgent: { thermal: null, breaker: { threshold: 2 } }
`);

    expect(hardening).toEqual({
      alerts: ['pager'],
      cooldown: { seconds: 300, byTool: { webhook: 5 } },
      hourlyCap: null,
      breaker: { threshold: 3, recoverySeconds: 300, probeLeaseSeconds: 120 },
      thermal: { max: 10, windowSeconds: 900, pauseSeconds: 300 },
      perAgent: {
        cooldown: { seconds: 300, byTool: {} },
        hourlyCap: 5,
        breaker: { threshold: 2, recoverySeconds: 300, probeLeaseSeconds: 120 },
        thermal: null,
      },
    });
    expect(notifications.defaults).toEqual(['pager']);
  });

  it.each([
    ['a section that is unknown', 'harden: {}', '1:1: harden: unknown field'],
    ['a field that is unknown', 'hardening:\n  alerts: [log]\n  hourlycap: 3', '3:3: hardening.hourlycap: unknown'],
    [
      'a field of a layer that is unknown',
      'hardening:\n  alerts: [log]\n  thermal: { window: 3 }',
      '3:14: hardening.therm',
    ],
    ['limits that can tell nobody', 'hardening:\n  hourlyCap: 3', '1:1: hardening.alerts: is missing; must name one'],
    ['alerts to no channel', 'hardening:\n  alerts: []', '2:3: hardening.alerts: must name one channel at least'],
    ['a channel that cannot be one', 'hardening:\n  alerts: [Log]', '2:12: hardening.alerts[0]: must be a letter'],
    ['a cap of nought', 'hardening: { alerts: [log], hourlyCap: 0 }', '1:29: hardening.hourlyCap: '],
    [
      'the cooldown of a tool that no kind has',
      'hardening:\n  alerts: [log]\n  cooldown: { byTool: { webhok: 5 } }',
      '3:25: hardening.cooldown.byTool.webhok: is no kind; allowed: deploy_publish',
    ],
    [
      'such a cooldown of each agent',
      'hardening:\n  alerts: [log]\n  perAgent: { cooldown: { byTool: { constructor: 5 } } }',
      '3:37: hardening.perAgent.cooldown.byTool.constructor: is no kind',
    ],
    ['a field given twice', 'hardening:\n  alerts: [log]\n  alerts: [log]', '3:3: Map keys must be unique'],
    ['a list', '- hardening', '1:1: must be an object'],
  ])('is refused for %s, with the place', async (_name, text, fault) => {
    const read = configOf(text);

    await expect(read).rejects.toThrow(BadConfiguration);
    await expect(read).rejects.toThrow(`${file}:${fault}`);
  });

  it('must be there when it is named', () => {
    const missing = join(folder, 'missing.yaml');

    expect(() => readConfig({ MANDATE_CONFIG: missing })).toThrow(
      new BadConfiguration(`MANDATE_CONFIG names ${missing}, which cannot be read.`),
    );
  });
});

async function configOf(text: string): Promise<Config> {
  await writeFile(file, text);
  return readConfig({ MANDATE_CONFIG: file, MANDATE_DATA: folder });
}
