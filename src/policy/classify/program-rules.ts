import type { NonDelegable } from '../../contract/non-delegable.ts';
import { readArguments } from './arguments.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Invocation } from './invocation.ts';

/** One effect of one program: the words it is called with, and the options that make it harmless or are needed for it. */
interface Rule {
  readonly class: NonDelegable;
  readonly words: RegExp;
  /** One of these must be there. */
  readonly only?: readonly string[];
  /** None of these may be there. */
  readonly unless?: readonly string[];
}

/** What programs do by the first words of their own language: `aws iam attach-role-policy`. */
export function classifyByWords({ name, args }: Invocation): readonly Finding[] {
  const read = readArguments(args, WITH_VALUE[name] ?? []);
  const words = read.operands.map(({ text }) => text.toLowerCase()).join(' ');
  const rules = Object.hasOwn(PROGRAMS, name) ? (PROGRAMS[name] ?? []) : [];
  // Help is shown, and nothing is done.
  if (read.has('--help', '--dry-run', '--dryrun', '--dry_run') || /^help\b/.test(words)) {
    const dryRun = args.find(({ text }) => text.startsWith('--dry-run=') || text.startsWith('--dryrun='))?.text;
    if (dryRun === undefined || !/=(?:none|false|no)$/.test(dryRun)) return [];
  }
  return rules
    .filter((rule) => rule.words.test(words))
    .filter(
      ({ only, unless }) => (only === undefined || read.has(...only)) && (unless === undefined || !read.has(...unless)),
    )
    .map((rule) => finding(rule.class, `${name} ${words.split(' ').slice(0, 4).join(' ')}`.trim()));
}

/** Where which command of a program is called is known only when it runs. */
export function openCommand({ name, args }: Invocation): readonly string[] {
  if (!Object.hasOwn(PROGRAMS, name)) return [];
  const first = readArguments(args, WITH_VALUE[name] ?? []).operands[0];
  if (first === undefined || first.exact) return [];
  return [`${name} ${first.text}: which command it is, is known only when it runs`];
}

const LOGINS = /^(?:login|logout|signin|signout|adduser|switch)\b/;
const account = (words: RegExp): Rule => ({ class: 'account_switch', words });
const kill = (words: RegExp): Rule => ({ class: 'venture_kill', words });
const escalate = (words: RegExp): Rule => ({ class: 'permission_escalation', words });
const commit = (words: RegExp): Rule => ({ class: 'irreversible_capital_commit', words });
const unrule = (words: RegExp): Rule => ({ class: 'ruleset_disable', words });
const cross = (words: RegExp): Rule => ({ class: 'cross_account_ops', words });
const claim = (words: RegExp): Rule => ({ class: 'public_truth_claim', words });

const NODE_PACKAGES: readonly Rule[] = [
  account(LOGINS),
  account(/^npm (?:login|logout)\b/),
  account(/^config set .*(?:_authtoken|_auth|_password)\b/),
  claim(/^(?:npm )?(?:publish|deprecate|unpublish)\b/),
  claim(/^(?:changeset|lerna) publish\b/),
  escalate(/^(?:owner add|access (?:grant|set)|team add|org set)\b/),
];
const CONTAINERS: readonly Rule[] = [
  account(/^(?:login|logout)\b/),
  claim(/^(?:(?:image|manifest|compose|plugin) )?push\b/),
  { class: 'public_truth_claim', words: /^(?:(?:buildx|image|builder) )?build\b|^buildx bake\b/, only: ['--push'] },
  { class: 'permission_escalation', words: /^(?:run|create|exec)\b/, only: ['--privileged'] },
];
const TERRAFORM: readonly Rule[] = [
  account(/^(?:login|logout)\b/),
  kill(/^(?:run-all )?destroy\b/),
  { class: 'venture_kill', words: /^(?:run-all )?apply\b/, only: ['-destroy', '--destroy'] },
];

const PROGRAMS: Readonly<Record<string, readonly Rule[]>> = {
  gh: [],
  glab: [],
  hub: [kill(/^delete\b/)],
  aws: [
    account(/^(?:configure(?! (?:list|get|list-profiles|export-credentials))|sso (?:login|logout))\b/),
    cross(/^sts (?:assume-role|assume-role-with-[a-z-]+|assume-root|get-federation-token)\b/),
    commit(
      /^\S+ (?:purchase-\S+|create-savings-plan|register-domain|renew-domain|transfer-domain\S*|accept-agreement\S*)/,
    ),
    kill(
      /^(?:organizations (?:close-account|delete-organization|remove-account-from-organization)|account close-account)\b/,
    ),
    kill(
      /^(?:cloudformation delete-stack|rds delete-db-(?:instance|cluster)|eks delete-cluster|route53 delete-hosted-zone|kms schedule-key-deletion|backup delete-\S+|s3api delete-bucket)\b/,
    ),
    { class: 'venture_kill', words: /^s3 rb\b/, only: ['--force'] },
    { class: 'venture_kill', words: /^s3 rm s3:\/\/[^/]+\/?$/, only: ['--recursive'] },
    escalate(
      /^iam (?:attach-\S+-policy|put-\S+-policy|add-user-to-group|create-access-key|create-login-profile|update-login-profile|update-assume-role-policy|create-policy-version|set-default-policy-version|add-role-to-instance-profile|delete-\S+-permissions-boundary)\b/,
    ),
    escalate(
      /^(?:lambda add-permission|kms (?:create-grant|put-key-policy)|sso-admin create-account-assignment|s3api (?:put-bucket-policy|put-bucket-acl|put-object-acl|delete-public-access-block))\b/,
    ),
    unrule(/^organizations (?:detach-policy|delete-policy|disable-policy-type)\b/),
  ],
  gcloud: [
    account(
      /^(?:auth (?:login|activate-service-account|revoke|application-default (?:login|revoke))|config (?:set|unset) (?:core\/)?(?:account|auth\/\S+)|config configurations activate|init)\b/,
    ),
    commit(/^(?:alpha |beta )?billing (?!.*\b(?:list|describe|get-iam-policy|get-ancestors)\b)/),
    commit(/^(?:alpha |beta )?(?:compute commitments create|domains registrations (?:register|transfer|renew))\b/),
    kill(
      /^(?:alpha |beta )?(?:projects delete|sql (?:instances|databases) delete|container clusters delete|dns managed-zones delete|kms keys versions destroy|organizations delete)\b/,
    ),
    escalate(
      /\b(?:add-iam-policy-binding|set-iam-policy)\b|^iam (?:service-accounts keys create|roles (?:create|update))\b/,
    ),
  ],
  az: [
    account(/^(?:login|logout|account (?:set|clear))\b/),
    commit(/^(?:reservations? reservation-order purchase|billing (?!.*\b(?:list|show)\b).+)/),
    kill(
      /^(?:group delete|account subscription cancel|sql (?:db|server) delete|aks delete|keyvault (?:delete|purge))\b/,
    ),
    escalate(
      /^(?:role (?:assignment|definition) (?:create|update)|ad app permission (?:grant|admin-consent|add)|ad group member add|ad sp create-for-rbac|keyvault set-policy)\b/,
    ),
    unrule(/^(?:policy (?:assignment|definition) delete|lock delete)\b/),
  ],
  kubectl: [
    account(/^config (?:use-context|set-credentials|set-context|unset users\S*)\b/),
    kill(/^delete (?:namespaces?|ns)\b|^delete (?:namespaces?|ns)\//),
    { class: 'venture_kill', words: /^delete\b/, only: ['--all-namespaces', '-A'] },
    escalate(
      /^(?:create|edit|patch|replace|set subject) (?:cluster)?role(?:binding)?s?\b|^auth reconcile\b|^certificate approve\b/,
    ),
  ],
  terraform: TERRAFORM,
  tofu: TERRAFORM,
  terragrunt: TERRAFORM,
  pulumi: [account(/^(?:login|logout)\b/), kill(/^(?:destroy|stack rm)\b/)],
  cdk: [kill(/^destroy\b/)],
  serverless: [kill(/^remove\b/)],
  sls: [kill(/^remove\b/)],
  sst: [kill(/^remove\b/)],
  eksctl: [kill(/^delete cluster\b/)],
  doctl: [
    account(/^auth (?:init|switch|remove)\b/),
    kill(/^(?:projects delete|kubernetes cluster delete|databases delete|apps delete)\b/),
  ],
  heroku: [
    account(/^(?:login|logout|auth:(?:login|logout))\b/),
    kill(/^(?:apps:destroy|destroy|apps:delete|addons:destroy|pg:reset)\b/),
    escalate(/^(?:access:(?:add|update)|members:(?:add|set))\b/),
  ],
  fly: [account(/^auth (?:login|logout|signup)\b/), kill(/^(?:apps? destroy|destroy|postgres destroy|orgs? delete)\b/)],
  vercel: [account(/^(?:login|logout|switch)\b/), kill(/^(?:project|projects) rm\b/), commit(/^domains buy\b/)],
  netlify: [account(/^(?:login|logout|switch)\b/), kill(/^sites:delete\b/)],
  railway: [account(/^(?:login|logout)\b/), kill(/^(?:down|delete)\b/)],
  supabase: [account(/^(?:login|logout)\b/), kill(/^projects delete\b/)],
  firebase: [
    account(/^(?:login|logout|login:(?:use|add|ci))\b/),
    kill(/^(?:projects:delete|firestore:delete|database:remove)\b/),
  ],
  wrangler: [account(/^(?:login|logout)\b/), kill(/^(?:delete|d1 delete|kv namespace delete|r2 bucket delete)\b/)],
  helm: [account(/^registry (?:login|logout)\b/)],
  docker: CONTAINERS,
  podman: CONTAINERS,
  nerdctl: CONTAINERS,
  npm: NODE_PACKAGES,
  pnpm: NODE_PACKAGES,
  yarn: NODE_PACKAGES,
  bun: [claim(/^publish\b/)],
  lerna: [claim(/^publish\b/)],
  changeset: [claim(/^publish\b/)],
  np: [claim(/^/)],
  'semantic-release': [claim(/^/)],
  jsr: [claim(/^publish\b/)],
  deno: [claim(/^publish\b/)],
  cargo: [account(LOGINS), claim(/^publish\b/), escalate(/^owner\b.*--add|^owner\b/)],
  gem: [
    account(/^(?:signin|signout)\b/),
    claim(/^(?:push|yank)\b/),
    { class: 'permission_escalation', words: /^owner\b/, only: ['-a', '--add'] },
  ],
  twine: [claim(/^upload\b/)],
  poetry: [claim(/^publish\b/)],
  uv: [claim(/^publish\b/)],
  hatch: [claim(/^publish\b/)],
  flit: [claim(/^publish\b/)],
  vsce: [account(/^(?:login|logout)\b/), claim(/^publish\b/)],
  ovsx: [claim(/^publish\b/)],
  pod: [claim(/^trunk push\b/)],
  dotnet: [claim(/^nuget push\b/)],
  nuget: [claim(/^push\b/)],
  goreleaser: [{ class: 'public_truth_claim', words: /^release\b/, unless: ['--snapshot', '--skip-publish'] }],
  toot: [account(/^(?:login|logout|activate)\b/), claim(/^(?:post|thread|reply)\b/)],
  bsky: [claim(/^post\b/)],
  t: [claim(/^(?:update|reply)\b/)],
  tweet: [claim(/^/)],
  twurl: [account(/^(?:authorize|set default)\b/)],
  stripe: [
    account(/^(?:login|logout)\b/),
    commit(
      /^(?:charges|payment_?intents|payouts|transfers|refunds|topups|subscriptions|invoices|setup_intents|issuing \S+|treasury \S+) (?:create|confirm|capture|pay|update|finalize_invoice|reverse|cancel|approve)\b/,
    ),
    commit(/^post \/?v1\/(?:charges|payment_intents|payouts|transfers|refunds|topups|subscriptions|invoices)\b/),
  ],
  paypal: [
    account(/^(?:login|logout)\b/),
    commit(/^(?:payouts?|payments?|orders?|refunds?)\b.*\b(?:create|capture|execute|send|refund)\b/),
  ],
  cast: [
    { class: 'irreversible_capital_commit', words: /^send\b/, only: ['--value'] },
    commit(/^send\b.*\b(?:transfer|transferfrom|approve)\(|^publish\b/),
  ],
  solana: [commit(/^(?:transfer|pay|withdraw-\S+|delegate-stake)\b/)],
  'spl-token': [commit(/^(?:transfer|burn|approve)\b/)],
  'bitcoin-cli': [commit(/^(?:sendtoaddress|sendmany|sendrawtransaction|sendall|send|bumpfee)\b/)],
  vault: [account(/^login\b/), escalate(/^(?:policy write|auth enable|token create)\b/)],
  oc: [account(/^(?:login|logout)\b/), kill(/^delete (?:project|namespace|ns)s?\b/), escalate(/^adm policy add-\S+/)],
  kubectx: [account(/^\S/)],
  tsh: [account(/^(?:login|logout)\b/)],
  op: [account(/^(?:signin|signout|account (?:add|forget))\b/)],
  'huggingface-cli': [account(/^(?:login|logout|auth switch)\b/)],
  eas: [account(/^(?:login|logout)\b/)],
  'aws-vault': [account(/^(?:add|login|remove|rotate)\b/), cross(/^exec\b/)],
  mongosh: [],
  dropdb: [kill(/\S/)],
  mysqladmin: [kill(/\bdrop\b/)],
  'redis-cli': [kill(/^(?:flushall|flushdb)\b/)],
  // An agent that decides in a person's place, or by which keys decisions count.
  mandate: [
    escalate(
      /^(?:approve|attest|reconcile|keys (?:rotate|forget)|executor (?:pause|resume|stop)|limits (?:reset|resume))\b/,
    ),
  ],
  temporal: [escalate(/^workflow (?:signal|update|signal-with-start|update-with-start|reset|terminate|delete)\b/)],
};

// Options with a value before or among the words; what is missing here would be taken for a word.
const WITH_VALUE: Readonly<Record<string, readonly string[]>> = {
  gh: ['-R', '--repo'],
  glab: ['-R', '--repo'],
  aws: [
    '--profile',
    '--region',
    '--output',
    '--endpoint-url',
    '--query',
    '--cli-read-timeout',
    '--cli-connect-timeout',
    '--ca-bundle',
    '--color',
  ],
  gcloud: [
    '--project',
    '--account',
    '--configuration',
    '--format',
    '--filter',
    '--impersonate-service-account',
    '--region',
    '--zone',
    '--verbosity',
  ],
  az: ['--subscription', '--output', '-o', '--query', '-g', '--resource-group', '-n', '--name'],
  kubectl: [
    '-n',
    '--namespace',
    '--context',
    '--kubeconfig',
    '--cluster',
    '--user',
    '--as',
    '--as-group',
    '-s',
    '--server',
    '-l',
    '--selector',
    '-o',
    '--output',
    '--token',
  ],
  oc: ['-n', '--namespace', '--context', '--kubeconfig', '--as'],
  cast: ['--value', '--rpc-url', '-r', '--private-key', '--from', '--gas-limit'],
  solana: ['-k', '--keypair', '-u', '--url', '-C', '--config', '--from', '--fee-payer'],
  docker: ['--context', '-c', '-H', '--host', '--config', '-l', '--log-level'],
  terraform: ['-chdir'],
  npm: ['--prefix', '-C', '--registry', '-w', '--workspace', '--tag', '--otp', '--access'],
  pnpm: ['--filter', '-C', '--dir', '-F', '--registry'],
  yarn: ['--cwd'],
  cargo: ['--manifest-path', '--color', '-Z', '-p', '--package', '--token', '--registry'],
  heroku: ['-a', '--app', '-r', '--remote'],
  fly: ['-a', '--app', '-c', '--config'],
  vercel: ['--cwd', '-t', '--token', '-S', '--scope'],
  stripe: ['--api-key', '--project-name', '-p', '-d', '--data', '-s', '--stripe-account', '--config', '--color'],
  pulumi: ['-C', '--cwd', '-s', '--stack'],
  mandate: ['--as'],
  'redis-cli': ['-h', '-p', '-a', '-n', '-u', '--user', '--pass'],
  temporal: ['--address', '--namespace', '-n', '--profile', '--env'],
};
