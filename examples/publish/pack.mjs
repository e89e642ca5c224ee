// Packs a folder into one archive, the same bytes for the same files, and writes release notes from what it finds.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { inputs, workspace } = JSON.parse((await lines.next()).value);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const source = path.resolve(inputs.source);
const files = listFiles(source);
if (files.length === 0) {
  say({ type: 'error', errorType: 'NothingToPack', message: `There are no files in ${source}.` });
  process.stderr.write(`There are no files in ${source}; name another folder with --input source=...\n`);
  process.exit(1);
}

mkdirSync(workspace, { recursive: true });
const contents = files.map((name) => ({ name, bytes: readFileSync(path.join(source, name)) }));
say({ type: 'heartbeat', note: `packing ${files.length} files` });
const archive = gzipSync(tar(contents), { level: 9 });
writeFileSync(path.join(workspace, 'archive.tgz'), archive);
writeFileSync(path.join(workspace, 'notes.md'), releaseNotes(contents, archive));
say({ type: 'output', name: 'archive.tgz', path: 'archive.tgz', mediaType: 'application/gzip' });
say({ type: 'output', name: 'notes.md', path: 'notes.md', mediaType: 'text/markdown' });
say({ type: 'done', summary: `packed ${files.length} files, ${archive.length} bytes` });
process.stdin.destroy();

/** All regular files below a folder, by their path with slashes, in the order of their code points. */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort((a, b) => (a < b ? -1 : 1));
}

function releaseNotes(entries, packed) {
  const total = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const rows = entries.map(({ name, bytes }) => {
    const heading = name.endsWith('.md') ? /^#\s+(.+)$/m.exec(bytes.toString('utf8'))?.[1] : undefined;
    return `- \`${name}\` (${bytes.length} bytes)${heading === undefined ? '' : `: ${heading}`}`;
  });
  const digest = createHash('sha256').update(packed).digest('hex');
  return `# Release notes\n\n${entries.length} files, ${total} bytes; archive sha256 \`${digest}\`.\n\n${rows.join('\n')}\n`;
}

/** A POSIX ustar archive with nothing in it that differs from machine to machine: no times, owners or modes. */
function tar(entries) {
  const blocks = entries.flatMap(({ name, bytes }) => {
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
    return [tarHeader(name, bytes.length), bytes, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function tarHeader(name, size) {
  const header = Buffer.alloc(512);
  const [prefix, base] = splitName(name);
  header.write(base, 0, 100, 'utf8');
  header.write('0000644\0', 100, 'ascii');
  header.write('0000000\0', 108, 'ascii');
  header.write('0000000\0', 116, 'ascii');
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  header.write('00000000000\0', 136, 'ascii');
  header.write('        ', 148, 'ascii');
  header.write('0', 156, 'ascii');
  header.write('ustar\x0000', 257, 'ascii');
  header.write(prefix, 345, 155, 'utf8');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return header;
}

/** A name of up to 100 bytes goes whole; a longer one is split at a slash. */
function splitName(name) {
  if (Buffer.byteLength(name) <= 100) return ['', name];
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
    const [prefix, base] = [name.slice(0, at), name.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(base) <= 100) return [prefix, base];
  }
  throw new Error(`The name ${name} is too long for an archive.`);
}
