// The process's first file, in JavaScript: running even one file of TypeScript brings the type stripper into memory, 20 MB of
// it, before the cache of compiled modules could spare it. The first start of all fills the cache in a process of its own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMPILED, useCompiled } from './compiled.js';

const isFirst = !existsSync(COMPILED);
useCompiled();
if (isFirst) spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--help'], { stdio: 'ignore' });
await import('./main.ts');
