import type { Command } from 'commander';
import { createToken } from './tokens-create.ts';
import { listTokens, revokeToken } from './tokens-list.ts';

export function addTokensCommands(program: Command): void {
  const tokens = program
    .command('tokens')
    .description('personal tokens, with which people prove that a decision is theirs');
  tokens
    .command('list', { isDefault: true })
    .description('all tokens, or those of a person; never shows a token')
    .argument('[person]')
    .option('--json', 'one JSON document: [{id, principal, label, createdAt, expiresAt, revokedAt, state}]')
    .addHelpText('after', '\nExamples:\n  mandate tokens\n  mandate tokens list ada --json')
    .action(listTokens);
  tokens
    .command('create')
    .description('make a token, and show it this once')
    .argument('<person>', 'whose it is, from: mandate people')
    .option('--label <text>', 'what it is for, for the list', '')
    .option('--expires <time>', 'for how long it counts, at most 366d: 90d, 12h, 30m', '90d')
    .option('--as <who>', 'who makes it (default: you)')
    .option('--json', 'one JSON document: {token, id, principal, label, expiresAt}')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate tokens create ada --label laptop\n  mandate tokens create ada --expires 30d --json\n\nIts owner sets MANDATE_TOKEN, or MANDATE_TOKEN_FILE to a file that nobody else can read.',
    )
    .action(createToken);
  tokens
    .command('revoke')
    .description('let a token count no more, at once')
    .argument('<id>', 'from: mandate tokens')
    .option('--as <who>', 'who revokes it (default: you)')
    .option('--json', 'one JSON document: {outcome, id, ...}')
    .addHelpText('after', '\nExample:\n  mandate tokens revoke 0f3c5a7e9b1d2468')
    .action(revokeToken);
}
