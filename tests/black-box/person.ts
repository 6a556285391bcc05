// A person with a real client: matrix-js-sdk with its Rust crypto, signed in on one device.
import {
  ClientEvent,
  type ICreateClientOpts,
  type IStartClientOpts,
  type MatrixClient,
  MatrixEventEvent,
  createClient,
} from 'matrix-js-sdk';
import {
  CryptoEvent,
  type VerificationRequest,
  VerificationPhase,
  VerifierEvent,
} from 'matrix-js-sdk/lib/crypto-api/index.js';
import { type Logger, logger } from 'matrix-js-sdk/lib/logger.js';
import type { Client } from './client.ts';

// The client's own log would bury the test's.
(logger as unknown as { setLevel?: (level: string) => void }).setLevel?.('silent');
const nothing = (): void => undefined;
const SILENT: Logger = {
  getChild: () => SILENT,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};

/** How somebody's client starts. With encryption, unless `crypto` is false. */
export interface Arrival extends IStartClientOpts {
  readonly crypto?: boolean;
}

/** How long a verification may stand still, and how often it is begun. */
const STUCK_MS = 15_000;
const TRIES = 5;

export class Person {
  readonly sdk: MatrixClient;
  readonly account: Client;
  /** The key of the secret storage, as a user would keep it. */
  recoveryKey: Uint8Array<ArrayBuffer> | undefined;

  #left = false;
  #away: Promise<void> | undefined;

  private constructor(client: Client, recoveryKey: Uint8Array<ArrayBuffer> | undefined) {
    this.account = client;
    this.recoveryKey = recoveryKey;
    const options: ICreateClientOpts = {
      baseUrl: client.server.url,
      userId: client.userId,
      deviceId: client.deviceId,
      accessToken: client.token,
      fetchFn: this.#fetch,
      logger: SILENT,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => {
          const [id] = Object.keys(keys);
          return id && this.recoveryKey ? [id, this.recoveryKey] : null;
        },
        cacheSecretStorageKey: (_id, _info, key) => {
          this.recoveryKey = key;
        },
      },
    };
    this.sdk = createClient(options);
  }

  static async arrive(
    client: Client,
    recoveryKey?: Uint8Array<ArrayBuffer>,
    { crypto, ...options }: Arrival = {},
  ): Promise<Person> {
    const person = new Person(client, recoveryKey);
    if (crypto !== false) await person.sdk.initRustCrypto({ useIndexedDB: false });
    const ready = new Promise<void>((resolve) => {
      person.sdk.on(ClientEvent.Sync, (state) => {
        if (state === 'PREPARED' || state === 'SYNCING') resolve();
      });
    });
    await person.sdk.startClient({ initialSyncLimit: 50, ...options });
    await ready;
    return person;
  }

  get userId(): string {
    return this.account.userId;
  }

  leave(): void {
    this.#left = true;
    this.sdk.stopClient();
  }

  /** Sends nothing until the answer is called. A poll that waits already may still bring some news. */
  pause(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#away = promise;
    return () => {
      this.#away = undefined;
      resolve();
    };
  }

  /** Whoever has left hears nothing any more, also not that the server has ended: the SDK lets some requests run on. */
  readonly #fetch: typeof fetch = async (input, init) => {
    await this.#away;
    try {
      const answer = await fetch(input, init);
      if (!this.#left) return answer;
    } catch (error) {
      if (!this.#left) throw error;
    }
    return new Promise(() => undefined);
  };

  /** The bodies of all messages of a room that this device could read, in order of the timeline. */
  readable(roomId: string): string[] {
    const events = this.sdk.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [];
    return events
      .filter((event) => event.getType() === 'm.room.message')
      .map((event) => String(event.getContent()['body']));
  }

  /** Pages back to the room's beginning and tries again to decrypt what it holds. */
  async readEverything(roomId: string): Promise<string[]> {
    const room = this.sdk.getRoom(roomId);
    if (!room) return [];
    while (await this.sdk.scrollback(room, 30).then((at) => at.oldState.paginationToken !== null)) {
      /* to the beginning */
    }
    await Promise.all(
      room
        .getLiveTimeline()
        .getEvents()
        .map((event) => (event.isEncrypted() ? this.sdk.decryptEventIfNeeded(event) : undefined)),
    );
    return this.readable(roomId);
  }

  /** Makes the identity, secret storage and key backup of a user's first device. */
  async setUpSecurity(): Promise<void> {
    const crypto = this.#crypto();
    await crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: async (request) => {
        await request(null);
      },
    });
    await crypto.bootstrapSecretStorage({
      createSecretStorageKey: () => crypto.createRecoveryKeyFromPassphrase(),
      setupNewSecretStorage: true,
      setupNewKeyBackup: true,
    });
  }

  /** Reads the backup with the recovery key, as a new device does. Answers how many session keys it brought. */
  async restoreBackup(): Promise<number> {
    const crypto = this.#crypto();
    await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
    return (await crypto.restoreKeyBackup()).imported;
  }

  /** Answers verification requests, and confirms whatever emoji are shown, until one has been carried out. */
  acceptVerification(): Promise<void> {
    return new Promise((resolve) => {
      this.sdk.on(CryptoEvent.VerificationRequestReceived, (request) => {
        // One that was given up is asked anew.
        this.#carryOut(request, false).then(resolve, () => undefined);
      });
    });
  }

  /**
   * Asks another device of the same user to verify this one. As a person would, it gives up and asks anew if nothing goes on:
   * on a machine that is very busy the client's crypto now and then tells nobody of a message that it has taken in.
   */
  async verifyOwnDevice(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const request = await this.#crypto().requestOwnUserVerification();
      const done = this.#carryOut(request, true).then(
        () => true,
        (error: unknown) => {
          if (tries === TRIES) throw error;
          return false;
        },
      );
      const late = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => late.resolve(false), STUCK_MS);
      const verified = await Promise.race([done, late.promise]);
      clearTimeout(timer);
      if (verified) return;
      if (tries === TRIES) throw new Error('the verification did not go on');
      await request.cancel().catch(() => undefined);
    }
  }

  /** Whether this device has the keys of another one of the same user: a request from a device without is ignored. */
  async knows(deviceId: string): Promise<boolean> {
    const userId = this.sdk.getSafeUserId();
    return (await this.#crypto().getUserDeviceInfo([userId])).get(userId)?.has(deviceId) ?? false;
  }

  async trusts(deviceId: string): Promise<boolean> {
    const status = await this.#crypto().getDeviceVerificationStatus(this.sdk.getSafeUserId(), deviceId);
    return status?.crossSigningVerified ?? false;
  }

  async #carryOut(request: VerificationRequest, starts: boolean): Promise<void> {
    if (!starts) await request.accept();
    await until(() => request.phase >= VerificationPhase.Ready, request);
    if (starts) await request.startVerification('m.sas.v1');
    await until(() => request.verifier !== undefined, request);
    const verifier = request.verifier!;
    verifier.on(VerifierEvent.ShowSas, (sas) => {
      void sas.confirm();
    });
    verifier
      .getShowSasCallbacks()
      ?.confirm()
      .catch(() => undefined);
    await verifier.verify();
  }

  #crypto() {
    const crypto = this.sdk.getCrypto();
    if (!crypto) throw new Error('crypto has not been set up');
    return crypto;
  }
}

function until(done: () => boolean, request: VerificationRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (request.phase === VerificationPhase.Cancelled)
        reject(new Error(`verification was cancelled: ${request.cancellationCode}`));
      else if (done()) resolve();
    };
    request.on('change' as never, look as never);
    look();
  });
}

export { MatrixEventEvent };
