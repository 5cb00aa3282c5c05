/** What a user does without writing: each step does it for real and checks it against the model. */
import { expect } from '@jest/globals';
import { decodeUnverifiedToken, type GraphQLAnswer } from '../graphql-client.ts';
import {
  checkUser,
  type HeldToken,
  keepToken,
  MODEL_OPERATIONS,
  type ModelSession,
  type ModelUser,
  sendTo,
  type TokenPayload,
  type World,
} from './world.ts';

/** Who does it, through which gateway and with which of the tokens held. */
export interface Actor {
  readonly who: number;
  readonly gateway: number;
  readonly pick: number;
}

/** One step of one user. */
export type Run = (user: ModelUser, world: World, actor: Actor) => Promise<void>;

/** Logs in; the first time, the user is made. */
export const logIn: Run = async (user, world, { gateway }) => {
  const variables = { token: world.issueExternal(user.subject) };
  const answer = await sendTo(world, gateway, MODEL_OPERATIONS.logIn, { variables });
  const payload = answer.data.logIn;
  user.id ??= payload.user.id;
  const { sid } = decodeUnverifiedToken(payload.accessToken);
  const session = { refreshToken: payload.refreshToken, id: String(sid) };
  user.sessions.push(session);
  await keepToken(world, user, session, payload, answer);
};

/** Trades a refresh token. */
export const refreshSession: Run = async (user, world, { gateway, pick }) => {
  const session = user.sessions[pick % user.sessions.length] as ModelSession;
  const variables = { refreshToken: session.refreshToken };
  const answer = await sendTo(world, gateway, MODEL_OPERATIONS.refreshSession, { variables });
  session.refreshToken = answer.data.refreshSession.refreshToken;
  await keepToken(world, user, session, answer.data.refreshSession, answer);
};

/** Learns what is in the store. */
export const refreshCustomData: Run = async (user, world, actor) => {
  const held = pickToken(user, actor);
  const token = held.accessToken;
  const answer = await sendTo(world, actor.gateway, MODEL_OPERATIONS.refresh, { token });
  await keepReissued(world, user, held, answer.data.refreshCustomData, answer);
};

/** Any token shows what it was issued with, and asks the store nothing. */
export const me: Run = async (user, world, actor) => {
  const held = pickToken(user, actor);
  const gateway = world.pair.gateways[(actor.gateway % 2) as 0 | 1];
  gateway.takeStoreOperations();
  const token = held.accessToken;
  const answer = await sendTo(world, actor.gateway, MODEL_OPERATIONS.me, { token });
  expect(gateway.takeStoreOperations()).toEqual([]);
  checkUser(user, held, answer.data.me, answer);
};

/** One of the tokens held. */
export function pickToken(user: ModelUser, { pick }: Actor): HeldToken {
  return user.tokens[pick % user.tokens.length] as HeldToken;
}

/** A reissued token lives as long as the one presented. */
export async function keepReissued(
  world: World,
  user: ModelUser,
  held: HeldToken,
  payload: TokenPayload,
  answer: GraphQLAnswer,
): Promise<void> {
  await keepToken(world, user, held.session, payload, answer);
  const [before, after] = [held.accessToken, payload.accessToken].map(decodeUnverifiedToken);
  expect(after?.exp).toBe(before?.exp);
}
