import { readArguments } from './arguments.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Invocation } from './invocation.ts';

/** Options by which a program acts in another account than its own; a default profile is its own. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  aws: ['--profile'],
  terraform: [],
  gcloud: ['--impersonate-service-account', '--account', '--configuration'],
  gsutil: ['-i'],
  bq: ['--impersonate_service_account'],
  kubectl: ['--context', '--as', '--as-group', '--as-uid'],
  helm: ['--kube-context', '--kube-as-user', '--kube-as-group'],
  oc: ['--context', '--as', '--as-group'],
};

/** Variables that hand a program, or everything after it, another account's credentials. */
const CREDENTIALS =
  /^(?:AWS_(?:PROFILE|DEFAULT_PROFILE|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|ROLE_ARN)|GH_TOKEN|GITHUB_TOKEN|GH_ENTERPRISE_TOKEN|GITLAB_TOKEN|GOOGLE_APPLICATION_CREDENTIALS|CLOUDSDK_(?:CORE_ACCOUNT|ACTIVE_CONFIG_NAME|AUTH_\w+)|AZURE_(?:CLIENT_ID|CLIENT_SECRET|TENANT_ID)|KUBECONFIG|HEROKU_API_KEY|STRIPE_API_KEY|NPM_TOKEN|NODE_AUTH_TOKEN|VAULT_TOKEN|GH_CONFIG_DIR)=(.*)$/s;

const MANDATE_SETTING = /^MANDATE_(?!DATA=|CACHE=|VECTORS=|MAX_CACHED_WORKFLOWS=)([A-Z0-9_]+)=/;

export function classifyAccounts({ name, args, assignments }: Invocation): readonly Finding[] {
  const options = Object.hasOwn(OPTIONS, name) ? (OPTIONS[name] ?? []) : [];
  const read = readArguments(args, options);
  const acting = options.flatMap((option) =>
    read
      .values(option)
      .flatMap((value) =>
        value === 'default' || value === ''
          ? []
          : [finding('cross_account_ops', `${name} ${option} ${value} acts in another account`)],
      ),
  );
  const exported =
    name === 'export' || name === 'declare' || name === 'typeset' || name === 'set' || name === 'setx' ? args : [];
  const variables = [...assignments, ...exported].flatMap(({ text }) => {
    const value = CREDENTIALS.exec(text)?.[1];
    const setting = MANDATE_SETTING.exec(text);
    if (setting !== null)
      return [
        finding('authority_class_expansion', `MANDATE_${setting[1]} is set, by which Mandate knows what it may do`),
      ];
    if (value === undefined || value === '' || value === 'default') return [];
    return [finding('account_switch', `${text.split('=')[0]} is set, so that programs act under another account`)];
  });
  return [...acting, ...variables];
}
