import { words } from './word-list.ts';

// Programs that call other programs.

export const SHELLS = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'mksh', 'ash', 'fish']);
// They carry out, now or later, what they read.
export const SCRIPT_READERS = new Set([...SHELLS, 'at', 'batch']);

/** Programs that call the one that follows, with those of their options that take a value. */
export const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  env: ['-u', '--unset', '-C', '--chdir'],
  sudo: ['-u', '-g', '-h', '-p', '-C', '-r', '-t', '-T', '-U', '-D', '-R', '--user', '--group', '--host', '--prompt'],
  doas: ['-u', '-C'],
  pkexec: ['--user'],
  nohup: [],
  time: ['-f', '-o'],
  builtin: [],
  command: [],
  exec: ['-a'],
  setsid: [],
  nice: ['-n', '--adjustment'],
  ionice: ['-c', '-n', '-p'],
  chrt: [],
  stdbuf: ['-i', '-o', '-e'],
  timeout: ['-s', '-k', '--signal', '--kill-after'],
  xargs: [
    '-n',
    '-L',
    '-P',
    '-d',
    '-s',
    '-E',
    '-I',
    '--max-args',
    '--max-procs',
    '--delimiter',
    '-a',
    '--arg-file',
    '--max-chars',
    '-J',
    '-R',
  ],
  caffeinate: ['-t', '-w'],
  busybox: [],
  toybox: [],
  npx: ['-p', '--package'],
  bunx: [],
  pnpx: [],
  uvx: ['--from', '--with'],
};
// Before the program stands one argument of their own.
export const ONE_ARGUMENT_FIRST = new Set(['timeout', 'chrt']);

/** Programs that run another somewhere among their arguments; where it begins is told by its name. */
export const CARRIERS = new Set(
  words(`
  docker podman nerdctl docker-compose kubectl oc ssh chroot nsenter unshare flock watch parallel
  strace ltrace op aws-vault doppler infisical dotenv direnv mise bundle poetry uv pipenv pipx hatch
  pnpm yarn npm bun nix devbox vagrant runuser gosu su-exec setpriv start-stop-daemon systemd-run tmux
  screen script entr
`),
);
// What these install is not called; what stands behind one of these words is.
export const PACKAGE_MANAGERS = new Set([
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'uv',
  'bundle',
  'poetry',
  'pipenv',
  'pipx',
  'hatch',
]);
export const PACKAGE_RUNS = new Set(['exec', 'dlx', 'x', 'run']);
export const CARRIED = new Set([
  ...SHELLS,
  ...words(`
    git hub gh glab aws gcloud az kubectl terraform tofu pulumi heroku stripe sudo su doas rm dd curl wget psql mysql
    dropdb chmod env xargs find mkfs usermod tee npm cargo twine mandate redis-cli mongosh semantic-release
  `),
]);
/** Their code is in another language, which is not read here. */
export const INTERPRETERS: Readonly<Record<string, RegExp>> = {
  python: /^(?:-[A-Za-z]*c|-)$/,
  node: /^(?:-[A-Za-z]*[ep]|--eval(?:=.*)?|--print(?:=.*)?|-)$/,
  deno: /^eval$/,
  bun: /^(?:-e|--eval)$/,
  perl: /^-[A-Za-z0-9]*[eE]$/,
  ruby: /^-[A-Za-z]*e$/,
  php: /^-r$/,
  osascript: /^-e$/,
  powershell: /^-(?:c|e|command|encodedcommand)/i,
  pwsh: /^-(?:c|e|command|encodedcommand)/i,
  cmd: /^\/[ck]$/i,
  lua: /^-e$/,
};
