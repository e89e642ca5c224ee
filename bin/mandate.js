#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/cli/main.js', import.meta.url))) {
  process.stderr.write('mandate: not built yet; run "npm ci" (or "npm run build") in its folder.\n');
  process.exit(1);
}
await import('../dist/cli/main.js');
