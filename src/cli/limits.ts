import type { Command } from 'commander';
import { changeLimits } from './limits-change.ts';
import { showLimits } from './limits-show.ts';

export function addLimitsCommands(program: Command): void {
  const limits = program
    .command('limits')
    .description('what keeps calls waiting: cooldowns, the hourly cap, breakers, the thermal cut-out, pauses');
  choosing(limits.command('show', { isDefault: true }))
    .description('how each layer stands, as the configuration of this machine has it')
    .option('--json', 'one JSON document: {configured, layers}')
    .addHelpText('after', '\nExamples:\n  mandate limits\n  mandate limits --tool webhook --json')
    .action(showLimits);
  choosing(limits.command('reset'))
    .description('forget what was counted; with --tool, only its cooldown, breaker and hold. Pauses stay')
    .option('--reason <text>', 'why')
    .option('--as <who>', 'who resets them (default: you)')
    .option('--json', 'one JSON document: {outcome, tool, agent}')
    .addHelpText('after', '\nExample:\n  mandate limits reset --tool webhook --reason "the receiver is back"')
    .action((options) => changeLimits('reset', options));
  choosing(limits.command('pause'))
    .description('let no call begin, or none of a tool or an agent; approved drafts wait')
    .option('--reason <text>', 'why')
    .option('--as <who>', 'who pauses them (default: you)')
    .option('--json', 'one JSON document: {outcome, tool, agent, by, reason, since}')
    .addHelpText('after', '\nExample:\n  mandate limits pause --tool social_post --reason "wrong campaign"')
    .action((options) => changeLimits('pause', options));
  choosing(limits.command('resume'))
    .description('lift the pause of exactly this choice; without --tool, the general one')
    .option('--reason <text>', 'why')
    .option('--as <who>', 'who lifts it (default: you)')
    .option('--json', 'one JSON document: {outcome, tool, agent, by, reason, since}')
    .addHelpText('after', '\nExample:\n  mandate limits resume --tool social_post')
    .action((options) => changeLimits('resume', options));
}

function choosing(command: Command): Command {
  return command
    .option('--tool <kind>', 'only this kind of action')
    .option('--agent <id>', 'the limiter of this agent alone');
}
