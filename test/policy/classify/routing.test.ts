import { expect, it } from 'vitest';
import { classesOf } from '../../../src/policy/classify/finding.ts';
import { classifyRouting } from '../../../src/policy/classify/routing.ts';

it.each([
  [['log'], ['constitutional_rewrite']],
  [[], ['constitutional_rewrite']],
  [['log', 'duty'], []],
  [['duty'], []],
])('routing a class to %j', (channels, classes) => {
  expect(classesOf(classifyRouting('effect_unknown', channels))).toEqual(classes);
});
