// Checks that an archive holds exactly the files of a folder, byte for byte. Usage: node check.mjs ARCHIVE FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const [archive, folder] = process.argv.slice(2);
const packed = readTar(gunzipSync(readFileSync(archive)));
const expected = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));

for (const name of expected) {
  const bytes = packed.get(name);
  if (bytes === undefined) fail(`${name} is not in the archive`);
  if (!bytes.equals(readFileSync(path.join(folder, name)))) fail(`${name} differs from the file in ${folder}`);
}
const extra = [...packed.keys()].filter((name) => !expected.includes(name));
if (extra.length > 0) fail(`the archive holds ${extra[0]}, which is not in ${folder}`);
process.stdout.write(`${expected.length} files match\n`);

function readTar(tar) {
  const files = new Map();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const text = (from, length) => tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(text(124, 12), 8);
    const prefix = text(345, 155);
    files.set(prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, tar.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function fail(why) {
  process.stdout.write(`${why}\n`);
  process.exit(1);
}
