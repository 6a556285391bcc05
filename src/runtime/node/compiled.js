// The cache of compiled modules: what it holds is neither stripped of its types nor compiled again. It is keyed by content, so
// it is never stale; where its folder cannot be written all works as without it, in more memory and time.
// https://nodejs.org/api/module.html#module-compile-cache
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// By `import` it would bring all that it exports into memory.
const fs = process.getBuiltinModule('node:fs');
const sources = fileURLToPath(new URL('../..', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/hearth', import.meta.url));
/** Written when the cache is filled; older than a source that has changed since. */
const mark = join(cache, 'filled');

/** Uses the cache for all that is imported from here on. */
export function useCompiled() {
  enableCompileCache(cache);
}

/** Whether the cache holds the sources as they are now. */
export function isFilled() {
  const at = fs.statSync(mark, { throwIfNoEntry: false })?.mtimeMs;
  if (at === undefined) return false;
  return fs
    .readdirSync(sources, { recursive: true })
    .every((path) => fs.statSync(join(sources, String(path))).mtimeMs <= at);
}

/** Says that the cache is being filled. False if that cannot be written down: then nothing can be kept here. */
export function markFilled() {
  try {
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(mark, '');
    return true;
  } catch {
    return false;
  }
}
