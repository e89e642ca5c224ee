import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { ChannelSettings } from './activities/channels/channels.ts';
import { WebhookChannels } from './activities/channels/webhook-setting.ts';
import { parseDraftKeys } from './activities/draft-keys.ts';
import { parseFounderKeys } from './activities/founder-keys.ts';
import { AllowedRepos } from './activities/kinds/github-settings.ts';
import type { GitHubSettings } from './activities/kinds/github-settings.ts';
import { parseNpmRegistries } from './activities/kinds/npm-access.ts';
import type { NpmAccess } from './activities/kinds/npm-access.ts';
import { PrivateAddresses } from './activities/kinds/private-addresses.ts';
import { AccessToken, BaseUrl } from './activities/kinds/provider-setting.ts';
import { SocialAccounts } from './activities/kinds/social-accounts.ts';
import type { SocialAccount } from './activities/kinds/social-accounts.ts';
import { MAIL_VARIABLES, mailSettings } from './activities/mail/mail-setting.ts';
import type { MailSettings } from './activities/mail/mail-setting.ts';
import { ruleOf, settingFaults } from './config-faults.ts';
import { readConfigFile, withoutConfigFile } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import type { MandateApprovers } from './contract/grant.ts';
import type { Hardening } from './contract/limits.ts';
import { LOG_CHANNEL } from './contract/notification.ts';
import { readPersonalToken, TOKEN_FORM } from './policy/personal-token.ts';

/** The environment, read once: everything that Mandate takes from it, and nothing else anywhere reads it. */
export interface Config {
  /** Folder of everything this machine keeps: store, embedded server's file, draft key, artifacts, workspaces. */
  readonly dataFolder: string;
  /** PostgreSQL, when given; a SQLite file in the data folder otherwise. */
  readonly databaseUrl: string | undefined;
  /** `id:hex,…`; when absent, a key is made in the data folder (development only). */
  readonly draftKeys: string | undefined;
  /** `founder:base64,…`: whose attestations count; nobody's when absent. */
  readonly founderKeys: string | undefined;
  readonly registriesFolder: string;
  readonly webhookUrls: readonly string[];
  readonly webhookSecret: string | undefined;
  readonly npmRegistries: readonly NpmAccess[];
  /** Networks (CIDR) that the names of webhooks may lead to although they are private. */
  readonly privateAddresses: readonly string[];
  readonly github: GitHubSettings;
  readonly socialAccounts: readonly SocialAccount[];
  /** Whether whoever may signal in the namespace is believed to be who they say; undefined where nobody said. */
  readonly trustNamespace: boolean | undefined;
  /** The personal token of whoever decides from here. */
  readonly token: string | undefined;
  /** The channels by which operators are told, and where a class goes whose route nobody has changed. */
  readonly notifications: ChannelSettings;
  /** What is set of mail; src/mail-settings.ts tells whether it is enough. */
  readonly mail: MailSettings;
  /** The limits of calls, from the configuration file; without them, calls have none. */
  readonly hardening: Hardening | undefined;
  /** Who is asked about standing approvals, from the configuration file; without it, those whom a grant names. */
  readonly mandateApprovers: MandateApprovers | undefined;
  /** Workflows kept in memory by a worker; a parked one that is not cached costs nothing. */
  readonly maxCachedWorkflows: number | undefined;
}

/** Thrown for an environment that cannot be used; the message names each variable and what it may be. */
export class BadConfiguration extends Error {
  override readonly name = 'BadConfiguration';
}

type Environment = Readonly<Record<string, string | undefined>>;

const WebhookSecret = z
  .string()
  .regex(
    /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/,
    'must be whsec_ and at least 24 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)',
  );

const Variables = z.object({
  MANDATE_CONFIG: z.string().min(1).optional(),
  MANDATE_DATA: z.string().min(1).optional(),
  MANDATE_REGISTRIES: z.string().min(1).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional(),
  MANDATE_DRAFT_KEYS: z.string().min(1).optional(),
  MANDATE_FOUNDER_KEYS: z.string().min(1).optional(),
  MANDATE_WEBHOOK_URLS: z
    .string()
    .transform((list) =>
      list
        .split(',')
        .map((url) => url.trim())
        .filter((url) => url !== ''),
    )
    .pipe(z.array(z.url({ protocol: /^https?$/ })))
    .default([]),
  MANDATE_WEBHOOK_SECRET: WebhookSecret.optional(),
  MANDATE_NPM_REGISTRIES: z.string().optional(),
  MANDATE_PRIVATE_ADDRESSES: PrivateAddresses.default([]),
  MANDATE_GITHUB_TOKEN: AccessToken.or(z.literal('')).optional(),
  MANDATE_GITHUB_URL: BaseUrl.default('https://api.github.com'),
  MANDATE_GITHUB_REPOS: AllowedRepos.default([]),
  MANDATE_SOCIAL_ACCOUNTS: SocialAccounts.default([]),
  MANDATE_TRUST_NAMESPACE: z.enum(['yes', 'no']).optional(),
  MANDATE_TOKEN: z
    .string()
    .refine((text) => text === '' || readPersonalToken(text) !== undefined, TOKEN_FORM)
    .optional(),
  MANDATE_NOTIFY_WEBHOOKS: WebhookChannels.default([]),
  MANDATE_NOTIFY_SECRET: WebhookSecret.or(z.literal('')).optional(),
  ...MAIL_VARIABLES,
  MANDATE_MAX_CACHED_WORKFLOWS: z.coerce.number().int().min(0).max(1_000_000).optional(),
});

/** What none of these is was misspelt, and a misspelt setting would silently not hold. */
const KNOWN = new Set([...Object.keys(Variables.shape), 'MANDATE_CACHE', 'MANDATE_VECTORS']);

/**
 * Reads the environment. A variable may also be given as a file: `MANDATE_DRAFT_KEYS_FILE` names the file that holds
 * `MANDATE_DRAFT_KEYS`, which is how containers hand over secrets. Throws {@link BadConfiguration}.
 */
export function readConfig(env: Environment): Config {
  const given = withFiles(env);
  const unknown = Object.keys(given).filter((name) => name.startsWith('MANDATE_') && !KNOWN.has(name));
  if (unknown.length > 0) {
    throw new BadConfiguration(`Unknown setting ${unknown.join(', ')}; known: ${[...KNOWN].sort().join(', ')}.`);
  }
  const parsed = Variables.safeParse(given, { error: ruleOf, reportInput: true });
  if (!parsed.success) {
    const faults = settingFaults(parsed.error, given, FROM_FILES);
    throw new BadConfiguration(`The environment cannot be used: ${faults}.`);
  }
  const variables = parsed.data;
  checkKeys(variables.MANDATE_DRAFT_KEYS, parseDraftKeys);
  checkKeys(variables.MANDATE_NPM_REGISTRIES, parseNpmRegistries);
  checkKeys(variables.MANDATE_FOUNDER_KEYS, parseFounderKeys);
  const { hardening, approvals } = orBadConfiguration(() => configFileOf(variables.MANDATE_CONFIG));
  const dataFolder = path.resolve(variables.MANDATE_DATA ?? defaultDataFolder(env));
  return {
    dataFolder,
    databaseUrl: variables.DATABASE_URL,
    draftKeys: variables.MANDATE_DRAFT_KEYS,
    founderKeys: variables.MANDATE_FOUNDER_KEYS,
    registriesFolder: path.resolve(variables.MANDATE_REGISTRIES ?? path.join(dataFolder, 'registries')),
    webhookUrls: variables.MANDATE_WEBHOOK_URLS,
    webhookSecret: variables.MANDATE_WEBHOOK_SECRET,
    npmRegistries: parseNpmRegistries(variables.MANDATE_NPM_REGISTRIES ?? ''),
    privateAddresses: variables.MANDATE_PRIVATE_ADDRESSES,
    github: {
      url: variables.MANDATE_GITHUB_URL,
      token: variables.MANDATE_GITHUB_TOKEN || undefined,
      repos: variables.MANDATE_GITHUB_REPOS,
    },
    socialAccounts: variables.MANDATE_SOCIAL_ACCOUNTS,
    trustNamespace: isYes(variables.MANDATE_TRUST_NAMESPACE),
    token: variables.MANDATE_TOKEN || undefined,
    notifications: {
      webhooks: variables.MANDATE_NOTIFY_WEBHOOKS,
      secret: variables.MANDATE_NOTIFY_SECRET || undefined,
      mail: mailServer(variables),
      defaults: hardening?.alerts ?? [LOG_CHANNEL],
      approvals,
    },
    mail: mailSettings(variables),
    hardening,
    mandateApprovers: approvals.mandates,
    maxCachedWorkflows: variables.MANDATE_MAX_CACHED_WORKFLOWS,
  };
}

function isYes(text: 'yes' | 'no' | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'yes';
}

/** Where the store of this configuration is. */
export function storeLocation({ dataFolder, databaseUrl }: Config): { url: string } | { file: string } {
  return databaseUrl === undefined ? { file: path.join(dataFolder, 'mandate.db') } : { url: databaseUrl };
}

/** Found here rather than when a worker starts: nothing has been brought up yet. */
function checkKeys(text: string | undefined, parse: (text: string) => unknown): void {
  if (text !== undefined) orBadConfiguration(() => parse(text));
}

/** The address alone tells that there is mail, since not every process may hold what it takes to write. */
function mailServer(variables: z.infer<typeof Variables>): string | undefined {
  const { MANDATE_MAIL_FROM: from, MANDATE_SMTP_URL: url } = variables;
  if (from === undefined) return undefined;
  return url === undefined ? from.slice(from.lastIndexOf('@') + 1) : new URL(url).hostname;
}

function configFileOf(file: string | undefined): ConfigFile {
  return file === undefined ? withoutConfigFile() : readConfigFile(path.resolve(file));
}

/** What `read` throws, as {@link BadConfiguration}. */
export function orBadConfiguration<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new BadConfiguration(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const FROM_FILES = [
  'DATABASE_URL',
  'MANDATE_DRAFT_KEYS',
  'MANDATE_FOUNDER_KEYS',
  'MANDATE_WEBHOOK_SECRET',
  'MANDATE_NPM_REGISTRIES',
  'MANDATE_NOTIFY_SECRET',
  'MANDATE_GITHUB_TOKEN',
  'MANDATE_SOCIAL_ACCOUNTS',
  'MANDATE_TOKEN',
  'MANDATE_SMTP_URL',
  'MANDATE_MAIL_SECRET',
  'MANDATE_IMAP_URL',
] as const;

// The roles that may hold a secret; whatever is not here belongs to the executor alone.
const HOLDERS: Readonly<Partial<Record<(typeof FROM_FILES)[number], readonly string[]>>> = {
  DATABASE_URL: ['worker', 'executor', 'agents'],
  MANDATE_NOTIFY_SECRET: ['worker', 'executor', 'agents'],
  // A person's own, and dropped by other words.
  MANDATE_TOKEN: ['worker', 'executor', 'agents', 'mail'],
  MANDATE_SMTP_URL: ['worker'],
  MANDATE_MAIL_SECRET: ['worker', 'mail'],
  MANDATE_IMAP_URL: ['mail'],
};

// What means nothing without a secret that was dropped.
const COMPANIONS: Readonly<Partial<Record<string, readonly string[]>>> = {
  MANDATE_IMAP_URL: ['MANDATE_MAIL_AUTHSERV_ID', 'MANDATE_MAIL_LISTEN'],
};

/** Takes what none of these roles may hold out of an environment, and returns the names of what was there. */
export function dropCredentials(env: Record<string, string | undefined>, roles: readonly string[]): string[] {
  const others = FROM_FILES.filter((name) => !(HOLDERS[name] ?? ['executor']).some((role) => roles.includes(role)));
  const there = drop(env, others);
  for (const name of others.flatMap((other) => COMPANIONS[other] ?? [])) delete env[name];
  return there;
}

/** Takes a person's own token out of an environment: no process that works for all is anybody's. */
export function dropPersonalToken(env: Record<string, string | undefined>): string[] {
  return drop(env, ['MANDATE_TOKEN']);
}

function drop(env: Record<string, string | undefined>, names: readonly string[]): string[] {
  const there = names.flatMap((name) => [name, `${name}_FILE`]).filter((name) => env[name] !== undefined);
  for (const name of there) delete env[name];
  return there;
}

function withFiles(env: Environment): Record<string, string | undefined> {
  const given = { ...env };
  for (const name of FROM_FILES) {
    const file = given[`${name}_FILE`];
    delete given[`${name}_FILE`];
    if (file === undefined) continue;
    if ((given[name] ?? '') !== '') throw new BadConfiguration(`Both ${name} and ${name}_FILE are set; keep one.`);
    try {
      given[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new BadConfiguration(`${name}_FILE names ${file}, which cannot be read.`, { cause: error });
    }
  }
  return given;
}

/** The platform's folder for user data. */
function defaultDataFolder(env: Environment): string {
  const home = os.homedir();
  switch (process.platform) {
    case 'darwin':
      return path.join(home, 'Library', 'Application Support', 'mandate');
    case 'win32':
      return path.join(env['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'mandate');
    default:
      return path.join(env['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share'), 'mandate');
  }
}
