// https://spec.matrix.org/v1.19/client-server-api/#push-rules
import * as v from 'valibot';
import { emptyAnswer, pushRule, pushRulesAnswer, rulesetAnswer } from '../answers.ts';
import type { PushRuleKind, UsersPush } from '../../ports/contracts/users-push.ts';
import { invalidParam, notFound } from '../../spec/errors.ts';
import { isObject, type Json, type JsonObject, member } from '../../spec/json.ts';
import { EMPTY_REPLY, type Endpoint, type UserCall } from '../endpoint.ts';

const ONE = '/_matrix/client/v3/pushrules/global/{kind}/{ruleId}';

export const getPushRules: Endpoint = {
  operationId: 'getPushRules',
  method: 'GET',
  path: '/_matrix/client/v3/pushrules/',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrules',
  answer: pushRulesAnswer,
  async handle(call) {
    return { json: await rules(call) };
  },
};

export const getPushRulesGlobal: Endpoint = {
  operationId: 'getPushRulesGlobal',
  method: 'GET',
  path: '/_matrix/client/v3/pushrules/global/',
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobal',
  answer: rulesetAnswer,
  async handle(call) {
    return { json: (await rules(call))['global'] as JsonObject };
  },
};

export const getPushRule: Endpoint = {
  operationId: 'getPushRule',
  method: 'GET',
  path: ONE,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobalkindruleid',
  answer: pushRule,
  async handle(call) {
    return { json: await rule(call) };
  },
};

export const isPushRuleEnabled: Endpoint = {
  operationId: 'isPushRuleEnabled',
  method: 'GET',
  path: `${ONE}/enabled`,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobalkindruleidenabled',
  answer: v.strictObject({ enabled: v.boolean() }),
  async handle(call) {
    return { json: { enabled: (await rule(call))['enabled'] } };
  },
};

export const getPushRuleActions: Endpoint = {
  operationId: 'getPushRuleActions',
  method: 'GET',
  path: `${ONE}/actions`,
  auth: 'user',
  rateLimit: 'read',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3pushrulesglobalkindruleidactions',
  answer: v.strictObject({ actions: v.array(v.unknown()) }),
  async handle(call) {
    return { json: { actions: (await rule(call))['actions'] } };
  },
};

const anything = v.array(v.unknown());

export const setPushRule: Endpoint = {
  operationId: 'setPushRule',
  method: 'PUT',
  path: ONE,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleid',
  body: v.looseObject({ actions: anything, conditions: v.optional(anything), pattern: v.optional(v.string()) }),
  answer: emptyAnswer,
  async handle(call) {
    const { body, by, query } = call;
    await push(call).putPushRule(
      by,
      kindOf(call),
      call.param('ruleId'),
      {
        actions: body['actions'] as readonly Json[],
        conditions: body['conditions'] as readonly Json[] | undefined,
        pattern: body['pattern'] as string | undefined,
      },
      { before: query.get('before') ?? undefined, after: query.get('after') ?? undefined },
    );
    return EMPTY_REPLY;
  },
};

export const deletePushRule: Endpoint = {
  operationId: 'deletePushRule',
  method: 'DELETE',
  path: ONE,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3pushrulesglobalkindruleid',
  answer: emptyAnswer,
  async handle(call) {
    await push(call).deletePushRule(call.by, kindOf(call), call.param('ruleId'));
    return EMPTY_REPLY;
  },
};

export const setPushRuleEnabled: Endpoint = {
  operationId: 'setPushRuleEnabled',
  method: 'PUT',
  path: `${ONE}/enabled`,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleidenabled',
  body: v.looseObject({ enabled: v.boolean() }),
  answer: emptyAnswer,
  async handle(call) {
    await push(call).enablePushRule(call.by, kindOf(call), call.param('ruleId'), call.body['enabled'] === true);
    return EMPTY_REPLY;
  },
};

export const setPushRuleActions: Endpoint = {
  operationId: 'setPushRuleActions',
  method: 'PUT',
  path: `${ONE}/actions`,
  auth: 'user',
  rateLimit: 'settings',
  spec: 'https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleidactions',
  body: v.looseObject({ actions: anything }),
  answer: emptyAnswer,
  async handle(call) {
    const actions = call.body['actions'] as readonly Json[];
    await push(call).setPushRuleActions(call.by, kindOf(call), call.param('ruleId'), actions);
    return EMPTY_REPLY;
  },
};

const KINDS = new Map<string, PushRuleKind>(
  (['override', 'content', 'room', 'sender', 'underride'] as const).map((kind) => [kind, kind]),
);

function kindOf(call: UserCall): PushRuleKind {
  const kind = KINDS.get(call.param('kind'));
  if (kind === undefined) throw invalidParam('There is no such kind of push rule.');
  return kind;
}

function push({ env, by }: UserCall): UsersPush {
  return env.actors.users(by.group).push;
}

function rules({ env, by }: UserCall): Promise<JsonObject> {
  return env.actors.users(by.group).push.pushRules(by);
}

async function rule(call: UserCall): Promise<JsonObject> {
  const global = (await rules(call))['global'];
  const kind: Json | undefined = isObject(global) ? member(global, call.param('kind')) : undefined;
  const found = Array.isArray(kind)
    ? kind.filter(isObject).find((one) => one['rule_id'] === call.param('ruleId'))
    : undefined;
  if (!found) throw notFound('There is no such push rule.');
  return found;
}
