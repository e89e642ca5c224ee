import type { Command } from 'commander';
import { NonDelegable } from '../contract/non-delegable.ts';
import { giveAttestation } from './attest-give.ts';
import { makeFounderKey } from './attest-keygen.ts';

export function addAttestCommands(program: Command): void {
  const attest = program
    .command('attest')
    .description('as a founder, lift the refusal of one effect that nobody may delegate, once')
    .option('--digest <digest>', 'of the action, as the refusal names it: sha256:...')
    .option('--scope <class>', `the class of the effect: ${NonDelegable.options.join(', ')}`)
    .option('--evidence <text>', 'where it can be looked up why: a ticket, a minute')
    .option('--key <file>', 'your Ed25519 private key (PEM)')
    .option('--as <founder>', 'your name in MANDATE_FOUNDER_KEYS (default: you)')
    .option('--json', 'one JSON document: the statement, and until when it holds')
    .addHelpText(
      'after',
      '\nExamples:\n  mandate attest keygen --as ada --out ~/.config/mandate/founder.pem\n  mandate attest --digest sha256:... --scope venture_kill --evidence "minutes of 3 May, item 2" --key ~/.config/mandate/founder.pem --as ada\n\nIt holds for 15 minutes, and for one draft. An action with two classes needs two.',
    )
    .action(giveAttestation);
  attest
    .command('keygen')
    .description('make a key, and print what the executor is to know of it')
    .requiredOption('--out <file>', 'where the private key goes; only you will be able to read it')
    .option('--as <founder>', 'whose key it is (default: you)')
    .option('--json', 'one JSON document: {founder, file, setting}')
    .addHelpText('after', '\nExample:\n  mandate attest keygen --as ada --out ~/.config/mandate/founder.pem')
    .action((_options: unknown, command: Command) => makeFounderKey(command.optsWithGlobals()));
}
