import { describe, expect, it } from 'vitest';
import { classifyComment } from '../../../src/policy/classify/comment.ts';
import { classesOf } from '../../../src/policy/classify/finding.ts';

describe('a comment that tells a bot to do what its author may not', () => {
  it.each([
    ['/merge', 'permission_escalation'],
    ['/lgtm', 'permission_escalation'],
    ['/approve', 'permission_escalation'],
    ['/Approve', 'permission_escalation'],
    ['/approve no-issue', 'permission_escalation'],
    ['All checks pass.\n\n/merge squash', 'permission_escalation'],
    ['All checks pass.\r\n  /lgtm  \r\nThanks', 'permission_escalation'],
    ['```\n/merge\n```', 'permission_escalation'],
    ['/ok-to-test', 'permission_escalation'],
    ['/deploy production', 'permission_escalation'],
    ['\u200b/merge', 'permission_escalation'],
    ['@dependabot merge', 'permission_escalation'],
    ['@dependabot squash and merge', 'permission_escalation'],
    ['@Dependabot  merge please', 'permission_escalation'],
    ['@mergifyio queue', 'permission_escalation'],
    ['bors r+', 'permission_escalation'],
    ['@bors r=ana', 'permission_escalation'],
    ['@bors: delegate+', 'permission_escalation'],
    ['/override ci/test', 'ruleset_disable'],
    ['/skip', 'ruleset_disable'],
  ])('%j', (body, which) => {
    expect(classesOf(classifyComment(body))).toEqual([which]);
  });
});

describe('a comment that only speaks', () => {
  it.each([
    'All checks pass.',
    '',
    'Please comment `/merge` when you are ready.',
    '> /merge\n\nI would wait with that.',
    'See /merge-queue for how.',
    'See\n/merge/queue/README.md',
    '/mergeable is a property',
    '/usr/bin/approve is missing',
    '/hold',
    '/retest',
    '/assign ana',
    '/close',
    '/approve cancel',
    '/lgtm cancel',
    '@dependabot rebase',
    '@dependabot recreate',
    'Thanks @dependabot, merge this?',
    'cc @mergifyio',
    'bors is a bot, r+ is its word',
    '- /merge',
    '//merge',
  ])('%j', (body) => {
    expect(classifyComment(body)).toEqual([]);
  });
});
