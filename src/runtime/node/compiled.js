// The cache of compiled modules: what it holds is neither stripped of its types nor compiled again. It is keyed by content, so
// it is never stale; where its folder cannot be written all works as without it, in more memory and time.
// https://nodejs.org/api/module.html#module-compile-cache
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Where it is kept. */
export const COMPILED = fileURLToPath(new URL('../../../node_modules/.cache/hearth', import.meta.url));

/** Uses the cache for all that is imported from here on. */
export function useCompiled() {
  enableCompileCache(COMPILED);
}
