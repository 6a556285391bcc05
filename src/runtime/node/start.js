// The process's first file, in JavaScript: running even one file of TypeScript brings the type stripper into memory, 20 MB of
// it, before the cache of compiled modules could spare it. The first start of all, and that after a change, fills the cache in
// a process of its own.
import { fileURLToPath } from 'node:url';
import { isFilled, markFilled, useCompiled } from './compiled.js';

const filled = isFilled();
useCompiled();
if (!filled && markFilled()) {
  process
    .getBuiltinModule('node:child_process')
    .spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--help'], { stdio: 'ignore' });
}
await import('./main.ts');
