// The project's own files, for the checks that walk them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Paths of all files of the project (tracked, or new and not ignored), from its root. */
export function projectFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(root + path))
    .sort();
}

export function read(path: string): string {
  return readFileSync(root + path, 'utf8');
}

/** The code of a TypeScript file without its comments, line by line as it was, so that line numbers hold. */
export function codeOf(path: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(^|[\s;,{}()])\/\/.*$/gm, blank);
}

/** `path:line` of every match of a pattern in a file's code. */
export function places(path: string, pattern: RegExp): string[] {
  return codeOf(path)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}
