// The one module of the platform that is imported by value: the base class that makes an object callable.
declare module 'cloudflare:workers' {
  import type { DurableObjectState } from '@cloudflare/workers-types';

  export abstract class DurableObject<Bindings> {
    protected ctx: DurableObjectState;
    protected env: Bindings;
    constructor(ctx: DurableObjectState, env: Bindings);
  }
}
