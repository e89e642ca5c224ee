import { readArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { classifyFileWrite } from './file-write.ts';
import type { Finding } from './finding.ts';
import { classifyHttp } from './http.ts';
import type { Invocation } from './invocation.ts';
import { words } from './word-list.ts';

const CURL_WITH_VALUE = words(`
  -X --request -d --data --data-raw --data-binary --data-urlencode --data-ascii --json -F --form -H
  --header -o --output -u --user -A --user-agent -e --referer -b --cookie -c --cookie-jar -T
  --upload-file -x --proxy -m --max-time --connect-timeout -w --write-out --url --cacert --cert --key
  --retry --resolve -K --config --oauth2-bearer --output-dir -E -r --range --form-string
`);
const CURL_DATA = [
  '-d',
  '--data',
  '--data-raw',
  '--data-binary',
  '--data-urlencode',
  '--data-ascii',
  '--json',
  '-F',
  '--form',
  '--form-string',
];
const WGET_WITH_VALUE = [
  '-O',
  '--output-document',
  '-o',
  '-P',
  '--method',
  '--post-data',
  '--post-file',
  '--body-data',
  '--body-file',
  '--header',
  '-U',
];
const METHODS = /^(?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$/i;

/** What the programs that make requests ask for, and where they put the answer. */
export function classifyRequests({ name, args, input }: Invocation): readonly Finding[] {
  switch (name) {
    case 'curl':
      return classifyCurl(readArguments(args, CURL_WITH_VALUE), input?.text);
    case 'wget':
      return classifyWget(readArguments(args, WGET_WITH_VALUE));
    case 'http':
    case 'https':
    case 'xh':
    case 'xhs':
      return classifyHttpie(readArguments(args, ['-a', '--auth', '-o', '--output', '--timeout', '-A', '--auth-type']));
    default:
      return [];
  }
}

function classifyCurl(read: Arguments, input: string | undefined): readonly Finding[] {
  const data = read.values(...CURL_DATA).map((text) => (text === '@-' ? (input ?? text) : text));
  const asQuery = read.has('-G', '--get');
  const implied =
    data.length > 0 && !asQuery
      ? 'POST'
      : read.has('-T', '--upload-file')
        ? 'PUT'
        : read.has('-I', '--head')
          ? 'HEAD'
          : 'GET';
  const method = read.values('-X', '--request').at(-1) ?? implied;
  const urls = [...read.operands.map(({ text }) => text), ...read.values('--url')];
  const files = read.values('-o', '--output');
  return [
    ...urls.flatMap((url) => classifyHttp({ method, url, body: bodyOf(data) })),
    ...files.flatMap((file) => classifyFileWrite(file)),
  ];
}

function classifyWget(read: Arguments): readonly Finding[] {
  const data = read.values('--post-data', '--body-data');
  const method = read.values('--method').at(-1) ?? (data.length > 0 || read.has('--post-file') ? 'POST' : 'GET');
  return [
    ...read.operands.flatMap(({ text }) => classifyHttp({ method, url: text, body: bodyOf(data) })),
    ...read.values('-O', '--output-document').flatMap((file) => (file === '-' ? [] : classifyFileWrite(file))),
  ];
}

function classifyHttpie(read: Arguments): readonly Finding[] {
  const [first, ...others] = read.operands.map(({ text }) => text);
  const named = first !== undefined && METHODS.test(first);
  const [url = '', ...items] = named ? others : [first ?? '', ...others];
  const fields = items.flatMap((item) => {
    const [, key, value] = /^([^:=@]+):?=(?!=)(.*)$/s.exec(item) ?? [];
    return key === undefined ? [] : [[key, readJson(value ?? '')] as const];
  });
  const method = named ? first : fields.length > 0 ? 'POST' : 'GET';
  return classifyHttp({ method, url, body: Object.fromEntries(fields) });
}

/** JSON, or the fields of a form, or the text as it is. */
function bodyOf(data: readonly string[]): unknown {
  const text = data.join('&');
  const json = readJson(text);
  if (typeof json !== 'string') return json;
  if (!/^[^\s=&]+=/.test(text)) return text;
  return Object.fromEntries(
    text.split('&').map((field) => {
      const [key = '', ...value] = field.split('=');
      return [key, value.join('=')];
    }),
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
