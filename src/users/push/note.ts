// What is written down of an event when it is judged: enough to count it for each reader, now and after a restart.

/** Numbers stand for words (`store/words.ts`): user ids, threads, classes of rules, actions. 0 is no word. */
export interface Note {
  readonly sender: number;
  /** 0 for the main timeline. */
  readonly thread: number;
  /** The actions for readers who have not changed their rules. */
  readonly outcome: number;
  /** Classes and readers for whom they are other ones. */
  readonly classes: readonly (readonly [number: number, outcome: number])[];
  readonly readers: readonly (readonly [number: number, outcome: number])[];
}

export function noteText({ sender, thread, outcome, classes, readers }: Note): string {
  const parts: unknown[] = [sender, thread, outcome, classes, readers];
  const isEmpty = (part: unknown): boolean => part === 0 || (Array.isArray(part) && part.length === 0);
  while (parts.length > 1 && isEmpty(parts.at(-1))) parts.pop();
  return JSON.stringify(parts);
}

export function noteOf(text: string): Note {
  type Pairs = Note['classes'];
  const [sender = 0, thread = 0, outcome = 0, classes = [], readers = []] = JSON.parse(text) as [
    number?,
    number?,
    number?,
    Pairs?,
    Pairs?,
  ];
  return { sender, thread, outcome, classes, readers };
}

/** The same event once it is redacted: it notifies of nothing, but its sender had read what was before it. */
export function voided(note: Note): Note {
  return { ...note, outcome: 0, classes: [], readers: [] };
}

export function outcomeFor(note: Note, reader: number | undefined, ruleClass: number | undefined): number {
  if (note.readers.length > 0) for (const [number, outcome] of note.readers) if (number === reader) return outcome;
  if (note.classes.length > 0) for (const [number, outcome] of note.classes) if (number === ruleClass) return outcome;
  return note.outcome;
}
