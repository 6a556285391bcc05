// From a raw request target to an endpoint. Path parameters are decoded once, after the path was split: event ids and state keys
// may hold slashes. https://spec.matrix.org/v1.19/client-server-api/#api-standards
import { invalidParam } from '../spec/errors.ts';
import type { Endpoint } from './endpoint.ts';
import { readQuery } from './query.ts';

interface Place {
  readonly literals: Map<string, Place>;
  parameter: Place | undefined;
  readonly endpoints: Map<string, { readonly endpoint: Endpoint; readonly names: readonly string[] }>;
}

export type Route =
  | {
      readonly kind: 'found';
      readonly endpoint: Endpoint;
      readonly params: ReadonlyMap<string, string>;
      readonly query: URLSearchParams;
    }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' };

export class Router {
  readonly #top = emptyPlace();

  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints)
      for (const path of [endpoint.path, ...(endpoint.alsoPaths ?? [])]) this.#add(path, endpoint);
  }

  /** Throws 400 M_INVALID_PARAM for a parameter that is not UTF-8 in percent encoding, or a query that contradicts itself. */
  find(method: string, target: string): Route {
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const segments = current(path).split('/').slice(1);
    const values: string[] = [];
    const place = walk(this.#top, segments, 0, values);
    if (!place) return { kind: 'unknown' };
    const found = place.endpoints.get(method);
    if (!found) return { kind: 'wrong-method', allowed: [...place.endpoints.keys()] };
    const params = new Map(found.names.map((name, index) => [name, decoded(values[index] ?? '')]));
    return {
      kind: 'found',
      endpoint: found.endpoint,
      params,
      query: readQuery(mark < 0 ? '' : target.slice(mark + 1)),
    };
  }

  #add(path: string, endpoint: Endpoint): void {
    const names: string[] = [];
    let place = this.#top;
    for (const segment of path.split('/').slice(1)) {
      if (segment.startsWith('{')) {
        names.push(segment.slice(1, -1));
        place = place.parameter ??= emptyPlace();
      } else {
        let next = place.literals.get(segment);
        if (!next) place.literals.set(segment, (next = emptyPlace()));
        place = next;
      }
    }
    place.endpoints.set(endpoint.method, { endpoint, names });
  }
}

/** Clients of long ago ask for `r0`, which is `v3` under its older name. */
function current(path: string): string {
  return path.startsWith('/_matrix/client/r0/')
    ? `/_matrix/client/v3/${path.slice('/_matrix/client/r0/'.length)}`
    : path;
}

/** A literal segment goes before a parameter; if it leads nowhere the parameter is tried. */
function walk(place: Place, segments: readonly string[], index: number, values: string[]): Place | undefined {
  const segment = segments[index];
  if (segment === undefined) return place.endpoints.size > 0 ? place : undefined;
  const literal = place.literals.get(segment);
  const found = literal && walk(literal, segments, index + 1, values);
  if (found || !place.parameter) return found;
  const length = values.push(segment);
  const by = walk(place.parameter, segments, index + 1, values);
  if (!by) values.length = length - 1;
  return by;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidParam('The path is not valid percent encoding.');
  }
}

function emptyPlace(): Place {
  return { literals: new Map(), parameter: undefined, endpoints: new Map() };
}
