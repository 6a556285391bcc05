// Reads the files of this folder. They are trusted, and read with the reader under test only where a test says so.
import { readFileSync } from 'node:fs';

export interface RealEvent {
  readonly name: string;
  readonly room_version: string;
  readonly event_id: string;
  readonly redacted: boolean;
  readonly signing_server: string | null;
  readonly pdu_raw: string;
}

export function readVectors<Shape>(file: string): Shape {
  return JSON.parse(readText(file)) as Shape;
}

export function readLines(file: string): string[] {
  return readText(file).trim().split('\n');
}

function readText(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
