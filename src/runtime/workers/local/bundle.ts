// One file of JavaScript out of the Worker's sources, as wrangler would make it.
import { build, stop } from 'esbuild';

/**
 * The rules of the platform that the Worker is written for. `wrangler.jsonc` names the same, and `nodejs_compat`, which is
 * among the rules of this date anyway.
 */
export const COMPATIBILITY_DATE = '2026-10-01';
export const COMPATIBILITY_FLAGS: readonly string[] = ['enable_request_signal'];

/** Bundles the module at `entry` into the file `out`. Throws with esbuild's messages. */
export async function bundle(entry: string, out: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    sourcemap: 'inline',
    logLevel: 'silent',
    legalComments: 'none',
    // Libraries made for Node may ask for its modules the old way.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire('/');",
    },
  });
  // Its service would stay beside us for as long as we live.
  await stop();
}
