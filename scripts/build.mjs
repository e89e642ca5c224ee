// Compiles src into dist and bundles the workflows ahead of time, so that no worker has to at its start.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [join(typescript, 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
const { bundleWorkflows } = await import(pathToFileURL(join(dist, 'workflow-bundle.js')).href);
writeFileSync(join(dist, 'workflows.bundle.js'), (await bundleWorkflows()).code);
