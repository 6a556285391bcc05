// The Worker's handler: a request of the platform to the front and back. One front serves an isolate.
import type { FrontEnv } from '../../ports/front-env.ts';
import type { HttpAnswer, HttpHandler } from '../../ports/http.ts';
import type { Bindings } from './bindings.ts';
import { failRequest, failpointsOf } from './failpoints.ts';
import { frontEnvOf } from './front-env.ts';
import { toHttpRequest, toResponse } from './http-request.ts';
import { answerForTest } from './test-hook.ts';
import { type WorkersSettings, readVariables } from './variables.ts';

const BROKEN: HttpAnswer = {
  status: 500,
  headers: [
    ['Content-Type', 'application/json'],
    ['Access-Control-Allow-Origin', '*'],
  ],
  body: '{"errcode":"M_UNKNOWN","error":"Internal server error"}',
};

interface Front {
  readonly settings: WorkersSettings;
  readonly env: FrontEnv;
  readonly handler: HttpHandler;
}

export interface Entry {
  fetch(request: Request, bindings: Bindings): Promise<Response>;
}

/** What a Worker's module exports by default, for the front that `makeFront` makes. */
export function entryOf(makeFront: (env: FrontEnv) => HttpHandler): Entry {
  let front: Front | undefined;
  return {
    async fetch(request, bindings) {
      const { settings, env, handler } = (front ??= frontOf(bindings, makeFront));
      try {
        const forTest = settings.test ? await answerForTest(request, bindings, settings.serverName) : undefined;
        if (forTest) return forTest;
        const answer = await handler(toHttpRequest(request));
        failpointsOf(settings.failpoint, failRequest)('before-answer');
        return toResponse(answer);
      } catch (error) {
        // The target's query may hold a token, so only the path is named.
        env.log.error('a request failed', {
          method: request.method,
          path: new URL(request.url).pathname,
          error: error instanceof Error ? error.stack : String(error),
        });
        return toResponse(BROKEN);
      }
    },
  };
}

function frontOf(bindings: Bindings, makeFront: (env: FrontEnv) => HttpHandler): Front {
  const settings = readVariables(bindings);
  const env = frontEnvOf(bindings, settings, failpointsOf(settings.failpoint, failRequest));
  return { settings, env, handler: makeFront(env) };
}
