// What the kernel says of a server's processes and files. Linux only.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** Processor time and memory of a process and all that it started. */
export function usage(pid: number): Usage {
  let cpuMs = 0;
  let rssMiB = 0;
  for (const id of family(pid)) {
    const stat = readProc(id, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    cpuMs += (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) * 10;
    rssMiB += Number(/^VmRSS:\s+(\d+)/m.exec(readProc(id, 'status'))?.[1] ?? 0) / 1024;
  }
  return { cpuMs, rssMiB };
}

/** The most memory of one process from now on. */
export class PeakMemory {
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  }

  get mib(): number {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readProc(this.#pid, 'status'))?.[1] ?? 0) / 1024;
  }
}

function family(pid: number): number[] {
  const ids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const parents = ids.map(
    (id) =>
      [
        id,
        Number(
          readProc(id, 'stat')
            .replace(/^.*\) /s, '')
            .split(' ')[1],
        ),
      ] as const,
  );
  const found = new Set([pid]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [id, parent] of parents) if (found.has(parent)) found.add(id);
  }
  return [...found];
}

/** Empty for a process that has ended meanwhile. */
function readProc(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Bytes that the files under a folder take on the disk. */
export function diskBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512;
  }
  return bytes;
}
