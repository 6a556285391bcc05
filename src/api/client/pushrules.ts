// https://spec.matrix.org/v1.19/client-server-api/#push-rules
import * as v from 'valibot';
import { pushRule, pushRulesAnswer, rulesetAnswer } from '../answers.ts';
import { notFound } from '../../spec/errors.ts';
import { isObject, type Json, type JsonObject, member } from '../../spec/json.ts';
import type { Endpoint, UserCall } from '../endpoint.ts';

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

function rules({ env, by }: UserCall): Promise<JsonObject> {
  return env.actors.users(by.group).data.pushRules(by);
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
