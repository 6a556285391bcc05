// What clients asked and what they were told, from outside: the ground on which a run with crashes is judged.

export interface Send {
  readonly sender: string;
  readonly transaction: string;
  readonly body: string;
  /** Every event id that was answered for the transaction. More than one different is a broken promise. */
  readonly answers: string[];
}

export interface ToDevice {
  readonly sender: string;
  readonly recipient: string;
  readonly number: number;
  acknowledged: boolean;
}

export interface Claim {
  readonly claimant: string;
  readonly owner: string;
  readonly keyId: string;
  readonly fallback: boolean;
}

export interface KeptBackup {
  /** `room/session` of the keys that were sent, and of those of an acknowledged request. */
  readonly asked: Set<string>;
  readonly acknowledged: Set<string>;
  readonly answers: { readonly count: number; readonly etag: string }[];
  /** At the end. */
  found: { readonly names: readonly string[]; readonly count: number; readonly etag: string } | undefined;
}

export interface KeptIdentity {
  /** The number of the last identity that was sent, and of the last that was acknowledged; -1 before the first. */
  asked: number;
  acknowledged: number;
  /** What was seen and should not have been. */
  readonly wrong: string[];
}

export class Ledger {
  readonly sends: Send[] = [];
  readonly toDevice: ToDevice[] = [];
  readonly claims: Claim[] = [];
  /** One-time keys whose upload was acknowledged, as `user key-id`. */
  readonly uploaded = new Set<string>();
  /** By client: the message bodies and event ids that its syncs brought, in order. */
  readonly seen = new Map<string, { readonly eventId: string; readonly body: string }[]>();
  /** By recipient: `sender number` of the to-device messages that its syncs brought, in order. */
  readonly received = new Map<string, string[]>();
  /** By user. */
  readonly backups = new Map<string, KeptBackup>();
  readonly identities = new Map<string, KeptIdentity>();
  /** How many requests were sent again because the first try had no answer. */
  retries = 0;
  kills = 0;

  /** What is wrong with this history; empty if nothing is. */
  judge(): string[] {
    const identities = [...this.identities.values()].flatMap(({ wrong }) => wrong);
    return [...this.#sends(), ...this.#claims(), ...this.#messages(), ...this.#backups(), ...identities];
  }

  /** How many keys and identities were kept. */
  kept(): number {
    const keys = [...this.backups.values()].reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    return keys + [...this.identities.values()].reduce((sum, { acknowledged }) => sum + acknowledged + 1, 0);
  }

  #sends(): string[] {
    const wrong: string[] = [];
    for (const send of this.sends) {
      if (new Set(send.answers).size > 1)
        wrong.push(`one transaction, several events: ${send.transaction} → ${send.answers.join(' ')}`);
    }
    for (const [client, events] of this.seen) {
      const times = new Map<string, number>();
      for (const { body } of events) times.set(body, (times.get(body) ?? 0) + 1);
      for (const [body, count] of times) if (count > 1) wrong.push(`${client} saw "${body}" ${count} times`);
      const ids = new Map(events.map(({ body, eventId }) => [body, eventId]));
      for (const send of this.sends) {
        if (send.answers.length === 0) continue;
        if (!ids.has(send.body)) wrong.push(`${client} never saw acknowledged "${send.body}"`);
        else if (ids.get(send.body) !== send.answers[0])
          wrong.push(`${client} saw "${send.body}" under another event id`);
      }
    }
    const orders = [...this.seen.values()].map((events) => events.map(({ body }) => body).join('\n'));
    if (new Set(orders).size > 1) wrong.push('two clients saw the messages in different orders');
    return wrong;
  }

  #claims(): string[] {
    const wrong: string[] = [];
    const given = new Map<string, string>();
    for (const { claimant, owner, keyId, fallback } of this.claims) {
      if (fallback) continue;
      const key = `${owner} ${keyId}`;
      const before = given.get(key);
      if (before !== undefined) wrong.push(`one-time key ${key} was given to ${before} and to ${claimant}`);
      given.set(key, claimant);
    }
    return wrong;
  }

  #backups(): string[] {
    const wrong: string[] = [];
    for (const [owner, { asked, acknowledged, answers, found }] of this.backups) {
      if (!found) continue;
      const names = new Set(found.names);
      for (const name of acknowledged) if (!names.has(name)) wrong.push(`${owner}'s backup has lost ${name}`);
      for (const name of names) if (!asked.has(name)) wrong.push(`${owner}'s backup has ${name}, which nobody sent`);
      if (found.count !== found.names.length)
        wrong.push(`${owner}'s backup is said to have ${found.count} keys and has ${found.names.length}`);
      const counts = new Map<string, number>();
      for (const { etag, count } of [...answers, found]) {
        if (count !== (counts.get(etag) ?? count)) wrong.push(`${owner}'s backup had two contents at ${etag}`);
        counts.set(etag, count);
      }
    }
    return wrong;
  }

  #messages(): string[] {
    const wrong: string[] = [];
    for (const [recipient, received] of this.received) {
      if (new Set(received).size !== received.length) wrong.push(`${recipient} got a to-device message twice`);
      const last = new Map<string, number>();
      for (const entry of received) {
        const [sender = '', number = ''] = entry.split(' ');
        if (Number(number) <= (last.get(sender) ?? -1))
          wrong.push(`${recipient} got messages of ${sender} out of order`);
        last.set(sender, Number(number));
      }
      for (const message of this.toDevice) {
        if (
          message.recipient === recipient &&
          message.acknowledged &&
          !received.includes(`${message.sender} ${message.number}`)
        ) {
          wrong.push(`${recipient} never got acknowledged message ${message.number} of ${message.sender}`);
        }
      }
    }
    return wrong;
  }
}
