// Homeservers and object worlds inside the test's own process, on a directory that is gone afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { readConfig } from '../../../src/runtime/node/config.ts';
import { Homeserver, type House, type HomeserverOptions } from '../../../src/runtime/node/homeserver.ts';
import { makeLog } from '../../../src/runtime/node/logger.ts';
import { notesHouse } from './notes.ts';

const cleanups = new WeakMap<TestContext, (() => unknown)[]>();

/** As `t.after`, but the last one first, as things that stand on each other must be taken down. */
export function atEnd(t: TestContext, cleanup: () => unknown): void {
  const stack = cleanups.get(t) ?? [];
  stack.push(cleanup);
  if (cleanups.has(t)) return;
  cleanups.set(t, stack);
  t.after(async () => {
    for (const step of stack.reverse()) await step();
  });
}

export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'hearth-runtime-'));
  atEnd(t, () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A homeserver on a new directory (or the one given), closed after the test. */
export function openHomeserver(
  t: TestContext,
  options: Partial<HomeserverOptions> & {
    readonly house?: House;
    readonly directory?: string;
    readonly flags?: readonly string[];
  } = {},
): Homeserver {
  const directory = options.directory ?? temporaryDirectory(t);
  const homeserver = new Homeserver(
    readConfig(['--data', directory, ...(options.flags ?? [])], {}),
    options.house ?? notesHouse,
    {
      log: makeLog('silent'),
      failpoint: () => undefined,
      broken: (error) => {
        throw error;
      },
      copyCalls: true,
      ...options,
    },
  );
  // A test may close it before its end.
  const close = homeserver.close.bind(homeserver);
  let closing: Promise<void> | undefined;
  homeserver.close = () => (closing ??= close());
  homeserver.start();
  atEnd(t, () => homeserver.close());
  return homeserver;
}
