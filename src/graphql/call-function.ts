/** `callFunction`: Extended JSON on the outside, BSON values on the inside. */
import { formatExtendedJson } from '../custom-data/extended-json-format.ts';
import { parseExtendedJson } from '../custom-data/extended-json-parse.ts';
import type { MutationCallFunctionArgs } from '../generated/graphql.ts';
import { describeRequest } from '../session/operator-functions.ts';
import type { GraphQLContext } from './context.ts';

/** Calls a function for the caller; the result is relaxed Extended JSON, `null` if there is none. */
export async function callFunction(
  { arguments: args, name }: MutationCallFunctionArgs,
  context: GraphQLContext,
): Promise<unknown> {
  const caller = await context.requireCaller();
  const values = (args ?? []).map((value) => parseExtendedJson(value));
  const request = describeRequest(context.request);
  const result = await context.functionCalls.call(caller, name, values, request);
  return result === undefined ? null : formatExtendedJson(result, 'relaxed');
}
