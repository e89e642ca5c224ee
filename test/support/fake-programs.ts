import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A `temporal` program of another version, as a user may have on the PATH. It only says its version. */
export function fakeTemporal(
  folder: string,
  says = 'temporal version 1.6.2 (Server 1.30.1, UI 2.45.0)',
): Promise<string> {
  return writeProgram(folder, 'temporal', `echo "${says}"`);
}

/**
 * A Go toolchain in small: it builds programs that only say their version, and adds a line to builds.log each time. A build takes
 * until the file `mayEnd` is there, where one is named. Its module cache is empty when `offlineModules` is false.
 */
export function fakeGo(
  folder: string,
  options: { offlineModules?: boolean; goProxy?: string; mayEnd?: string } = {},
): Promise<string> {
  const { offlineModules = true, goProxy = 'off', mayEnd = '/' } = options;
  return writeProgram(
    folder,
    'go',
    `PATH=/usr/bin:/bin
case "$1" in
env) echo "${goProxy}" ;;
list) if [ "$GOPROXY" = off ]; then exit ${offlineModules ? 0 : 1}; else echo "go: downloading example.com/module v1.0.0" >&2; fi ;;
build)
  while [ $# -gt 1 ]; do
    if [ "$1" = -o ]; then target=$2; fi
    shift
  done
  echo "$1" >> "${folder}/builds.log"
  echo example.com/package >&2
  while [ -e "${folder}" ] && ! [ -e "${mayEnd}" ]; do sleep 0.1; done
  printf '#!/bin/sh\\necho "temporal version 1.8.2"\\n' > "$target"
  chmod +x "$target" ;;
esac`,
  );
}

async function writeProgram(folder: string, name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}
