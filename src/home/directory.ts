// The directory of published rooms. Each Room tells what it shows of itself when that changes, so that nobody asks all rooms.
// https://spec.matrix.org/v1.19/client-server-api/#published-room-directory
import type { DirectoryPage, DirectoryRequest, HomeDirectory, Listing } from '../ports/contracts/home-directory.ts';
import type { ObjectEnv } from '../ports/object-env.ts';
import { invalidParam } from '../spec/errors.ts';
import { member, type JsonObject } from '../spec/json.ts';
import { type Place, PublishedStore, type PublishedRow, type Search } from './store/published.ts';

/** Text in one answer: below what a call may carry. */
const PAGE_CHARACTERS = 500_000;
const SEARCHED = ['name', 'topic', 'canonical_alias'] as const;
const TOKEN = /^([nb])(\d{1,15})_(![^\0]{1,254})$/;

export class Directory implements HomeDirectory {
  readonly #env: ObjectEnv;
  readonly #store: PublishedStore;

  constructor(env: ObjectEnv) {
    this.#env = env;
    this.#store = new PublishedStore(env.sql, env.owner);
  }

  async put(roomId: string, publication: number, roomPos: number, listing: Listing | undefined): Promise<void> {
    this.#env.sql.transaction(() => {
      const known = this.#store.get(roomId);
      if (known && known.publication > publication) return;
      if (known?.publication === publication && known.room_pos > roomPos) return;
      const chunk = listing?.chunk ?? {};
      this.#store.put({
        roomId,
        publication,
        roomPos,
        joined: listing?.joined ?? 0,
        roomType: listing?.roomType ?? null,
        search: listing ? searchText(chunk) : '',
        chunk: JSON.stringify(chunk),
      });
    });
  }

  async page(request: DirectoryRequest): Promise<DirectoryPage> {
    const search = searchOf(request);
    const total = this.#store.count(search);
    const since = request.since === undefined ? undefined : readToken(request.since);
    const back = since?.back === true;
    const found = back
      ? this.#store.before(search, since, request.limit + 1)
      : this.#store.after(search, since, request.limit + 1);
    const shown = fitting(found, request.limit);
    const more = shown.length < found.length;
    if (back) shown.reverse();
    const [first, last] = [shown.at(0), shown.at(-1)];
    const isAfter = back ? last !== undefined : more;
    const isBefore = back ? more : since !== undefined && first !== undefined;
    return {
      chunk: shown.map((row) => JSON.parse(row.chunk) as JsonObject),
      nextBatch: isAfter && last ? token(last, false) : undefined,
      prevBatch: isBefore && first ? token(first, true) : undefined,
      total,
    };
  }
}

/** The first rows, as many as are asked for and fit. */
function fitting(rows: readonly PublishedRow[], limit: number): PublishedRow[] {
  let characters = 0;
  const shown: PublishedRow[] = [];
  for (const row of rows.slice(0, limit)) {
    characters += row.chunk.length;
    if (shown.length > 0 && characters > PAGE_CHARACTERS) break;
    shown.push(row);
  }
  return shown;
}

function searchOf({ searchTerm, roomTypes }: DirectoryRequest): Search {
  return {
    term: searchTerm?.toLowerCase() ?? '',
    types: roomTypes === undefined ? null : JSON.stringify(roomTypes.filter((type) => type !== null)),
    withoutType: roomTypes?.includes(null) ?? false,
  };
}

function searchText(chunk: JsonObject): string {
  return SEARCHED.flatMap((name) => {
    const value = member(chunk, name);
    return typeof value === 'string' ? [value.toLowerCase()] : [];
  }).join('\n');
}

function token({ joined, room_id: roomId }: PublishedRow, back: boolean): string {
  return Buffer.from(`${back ? 'b' : 'n'}${joined}_${roomId}`).toString('base64url');
}

function readToken(text: string): Place & { readonly back: boolean } {
  const found = TOKEN.exec(Buffer.from(text, 'base64url').toString());
  const [, direction, joined, roomId] = found ?? [];
  if (joined === undefined || roomId === undefined) throw invalidParam('since is no token of this directory.');
  return { back: direction === 'b', joined: Number(joined), roomId };
}
