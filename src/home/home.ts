// Home, the object that a homeserver has one of.
import type { HomeContract } from '../ports/contracts/home.ts';
import type { NewReport, Report } from '../ports/contracts/reports.ts';
import type { LivingObject, ObjectEnv } from '../ports/object-env.ts';
import type { JsonObject } from '../spec/json.ts';
import { Aliases } from './aliases.ts';
import { Creations, type CreationRequest } from './creations.ts';
import { Directory } from './directory.ts';
import { Names } from './names.ts';
import { Nonces } from './nonces.ts';
import { NoticeRooms } from './notice-rooms.ts';
import { RegistrationTokens } from './registration-tokens.ts';
import { Reports } from './reports.ts';
import { SigningKeys } from './signing-keys.ts';

export class Home implements HomeContract, LivingObject {
  readonly aliases: Aliases;
  readonly directory: Directory;
  readonly #env: ObjectEnv;
  readonly #keys: SigningKeys;
  readonly #names: Names;
  readonly #tokens: RegistrationTokens;
  readonly #nonces: Nonces;
  readonly #creations: Creations;
  readonly #noticeRooms: NoticeRooms;
  readonly #reports: Reports;

  constructor(env: ObjectEnv) {
    this.#keys = new SigningKeys(env);
    this.#tokens = new RegistrationTokens(env);
    this.#names = new Names(env, this.#tokens);
    this.#nonces = new Nonces(env);
    this.#reports = new Reports(env);
    this.aliases = new Aliases(env);
    this.directory = new Directory(env);
    this.#env = env;
    this.#creations = new Creations(env, this.#keys, this.aliases);
    this.#noticeRooms = new NoticeRooms(env, this.#creations);
  }

  async signingKey(): Promise<{ readonly keyId: string; readonly seed: Uint8Array }> {
    return this.#keys.current();
  }

  async verifyKeys(): ReturnType<HomeContract['verifyKeys']> {
    return this.#keys.published();
  }

  async openGroup(): Promise<number> {
    return this.#names.openGroup();
  }

  async checkLocalpart(localpart: string): Promise<void> {
    await this.#names.check(localpart);
  }

  async claimLocalpart(localpart: string, group: number): Promise<void> {
    await this.#names.claim(localpart, group);
  }

  async confirmLocalpart(localpart: string, session: string | undefined): Promise<void> {
    this.#names.confirm(localpart, session);
  }

  async groupOf(userId: string): Promise<number | undefined> {
    return this.#names.groupOf(userId);
  }

  async groups(): Promise<readonly number[]> {
    return this.#names.groups();
  }

  async holdRegistrationToken(token: string, session: string): Promise<void> {
    await this.#names.settle();
    this.#tokens.hold(token, session);
  }

  async releaseRegistrationToken(session: string): Promise<void> {
    // The account may have been made before what failed.
    await this.#names.settle();
    this.#tokens.release(session, false);
  }

  async spendRegistrationToken(session: string): Promise<void> {
    this.#tokens.release(session, true);
  }

  async registrationTokenValid(token: string): Promise<boolean> {
    await this.#names.settle();
    return this.#tokens.valid(token);
  }

  async createRegistrationToken(
    token: string | undefined,
    usesAllowed: number | undefined,
    expiresAt: number | undefined,
  ): Promise<{ readonly token: string }> {
    return { token: this.#tokens.create(token, usesAllowed, expiresAt) };
  }

  async createNonce(): Promise<string> {
    return this.#nonces.create();
  }

  async useNonce(nonce: string): Promise<boolean> {
    return this.#nonces.use(nonce);
  }

  async draftCreateEvent(request: CreationRequest): Promise<{ readonly roomId: string; readonly pdu: JsonObject }> {
    return this.#creations.draft(request);
  }

  async creationRefused(sender: string): Promise<void> {
    this.#creations.refused(sender);
  }

  async noticeRoom(
    userId: string,
    request: CreationRequest,
  ): Promise<{ readonly roomId: string; readonly pdu: JsonObject | undefined }> {
    return this.#noticeRooms.of(userId, request);
  }

  async report(report: NewReport): Promise<void> {
    this.#reports.add(report);
  }

  async reports(before: number | undefined, limit: number): Promise<readonly Report[]> {
    return this.#reports.list(before, limit);
  }

  async alarm(): Promise<void> {
    try {
      await this.aliases.alarm();
    } catch (error) {
      this.#env.log.warn('aliases of unfinished rooms were not settled', { error: String(error) });
    }
  }
}
