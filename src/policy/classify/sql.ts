import { finding } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Invocation } from './invocation.ts';
import { readArguments } from './arguments.ts';

const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  psql: ['-c', '--command'],
  cockroach: ['-e', '--execute'],
  mysql: ['-e', '--execute'],
  mariadb: ['-e', '--execute'],
  sqlcmd: ['-Q', '-q'],
  'clickhouse-client': ['-q', '--query'],
  duckdb: ['-c'],
  sqlite3: [],
  mongosh: ['--eval'],
  mongo: ['--eval'],
  'redis-cli': [],
};

const KILLS =
  /\bdrop\s+(?:database|schema|owned|keyspace)\b(?!\s+if\s+exists\s+test)|\bdropDatabase\s*\(|^\s*flush(?:all|db)\b/im;
const GRANTS = /\bgrantRolesToUser\s*\(|\b(?:superuser|createrole|bypassrls)\b/i;
const GRANT = /\bgrant\s+\w/i;

/** What a database is told: the end of one, or more rights for somebody. */
export function classifySql({ name, args, input }: Invocation): readonly Finding[] {
  if (!Object.hasOwn(CLIENTS, name)) return [];
  const options = CLIENTS[name] ?? [];
  const read = readArguments(args, options);
  const told = [
    ...read.values(...options),
    ...(name === 'sqlite3' ? read.operands.slice(1).map(({ text }) => text) : []),
    input?.text ?? '',
  ];
  return told
    .map(withoutComments)
    .flatMap((sql) => [
      ...(KILLS.test(sql) ? [finding('venture_kill', `${name} drops a database or all that is in it`)] : []),
      ...(givesRights(sql) ? [finding('permission_escalation', `${name} gives somebody rights`)] : []),
    ]);
}

function givesRights(sql: string): boolean {
  const at = sql.search(GRANT);
  return GRANTS.test(sql) || (at >= 0 && /\bto\b/i.test(sql.slice(at)));
}

/** Only what is told counts: comments and texts say nothing. Text by text, since each may hold the others' marks. */
function withoutComments(sql: string): string {
  let plain = '';
  for (let at = 0; at < sql.length;) {
    const end = PASSED_OVER.find(([start]) => sql.startsWith(start, at));
    if (end === undefined) {
      plain += sql[at];
      at += 1;
      continue;
    }
    const stop = sql.indexOf(end[1], at + end[0].length);
    at = stop < 0 ? sql.length : stop + end[1].length;
    plain += ' ';
  }
  return plain;
}

const PASSED_OVER = [
  ['/*', '*/'],
  ['--', '\n'],
  ["'", "'"],
] as const;
