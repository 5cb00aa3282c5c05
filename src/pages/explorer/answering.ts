/** Has a tab answered, in the name of whoever is logged in, and takes the tokens that come of it. */
import type { OperationDefinitionNode } from 'graphql';
import { REFUSED } from '../shared/ask.ts';
import { findReissued } from '../shared/claims.ts';
import { type Caller, refresh, takeReissued } from '../shared/document.ts';
import { toFailure } from '../shared/failure.ts';
import type { Reach } from '../shared/reach.ts';
import type { Store } from '../shared/store.ts';
import type { Tab } from './documents.ts';
import { chooseOperation, isReissuing, parseObject, parseOperations } from './operations.ts';
import type { PastRun } from './run-history.ts';
import { knownSchema, type SchemaState } from './schema.ts';
import { type Answer, namesCaller, type Outgoing, send, toHeaders } from './send.ts';
import { ENDPOINT } from './settings.ts';
import { stream } from './stream.ts';

/** What answering takes. */
export interface AnsweringParts {
  readonly page: Caller;
  readonly reach: Reach;
  readonly schema: Store<SchemaState>;
  /** Told of what is run. */
  readonly note: (run: PastRun) => void;
}

/** What is told while a tab is answered. */
export interface Answering {
  readonly signal: AbortSignal;
  /** Told of each result of a subscription. */
  readonly onResult: (answer: Answer) => void;
}

/** Has tabs answered: never rejects; `null`: what `onResult` was told last is what there is to see. */
export function createAnswering(parts: AnsweringParts) {
  const { note, page } = parts;
  return async (tab: Tab, answering: Answering): Promise<Answer | null> => {
    try {
      const { body, headers, operation } = prepare(tab);
      const { operationName } = body;
      note({ query: tab.query, variables: tab.variables, operationName, at: Date.now() });
      const token = namesCaller(headers) ? null : await page.getToken();
      const run = operation?.operation === 'subscription' ? listen : ask;
      return await run(parts, { body, headers, operation, token, ...answering });
    } catch (error) {
      return { kind: 'failure', message: toFailure(error).message };
    }
  };
}

interface Asked extends Pick<Outgoing, 'body' | 'headers'>, Answering {
  readonly operation: OperationDefinitionNode | null;
  /** `null`: the request goes without one, or has its own. */
  readonly token: string | null;
}

/** A refused token is refreshed once, and the operation sent once more. */
async function ask({ page, reach, schema }: AnsweringParts, asked: Asked): Promise<Answer> {
  const { body, headers, operation, signal, token } = asked;
  const sendAs = (bearer: string | null) =>
    send({ endpoint: ENDPOINT, reach, body, headers: withBearer(headers, bearer), signal });
  const first = await sendAs(token);
  const isRefused = first.kind === 'answer' && first.status === REFUSED && token !== null;
  const other = isRefused ? await page.getToken(token).catch(() => null) : null;
  const answer = other === null || other === token ? first : await sendAs(other);
  const sent = other ?? token;
  if (sent === null || answer.kind === 'failure') return answer;
  if (!isReissuing(knownSchema(schema.get()), operation)) return answer;
  // If it was not asked for, another one shows the same.
  const reissued = reissuedIn(answer, sent);
  const taken = reissued === null ? refresh(page) : takeReissued(page, reissued);
  await taken.catch(() => null);
  return answer;
}

function listen({ page, reach }: AnsweringParts, asked: Asked): Promise<Answer | null> {
  const { body, headers, onResult, signal, token } = asked;
  const onAnswer = (answer: Answer) => {
    onResult(answer);
    const reissued = token === null ? null : reissuedIn(answer, token);
    if (reissued !== null) takeReissued(page, reissued).catch(() => null);
  };
  const outgoing = { endpoint: ENDPOINT, reach, body, signal, onAnswer };
  return stream({ ...outgoing, headers: withBearer(headers, token) });
}

/** What a tab sends. Throws what can be shown. */
export function prepare({ query, variables, headers, operationName }: Tab) {
  const operation = chooseOperation(parseOperations(query), operationName);
  return {
    body: {
      query,
      operationName: operation?.name?.value ?? null,
      variables: parseObject(variables, 'The variables'),
    },
    headers: toHeaders(parseObject(headers, 'The headers')),
    operation,
  };
}

function reissuedIn(answer: Answer, token: string): string | null {
  if (answer.kind === 'failure') return null;
  const { data } = (answer.value ?? {}) as { readonly data?: unknown };
  return findReissued(data, token);
}

function withBearer(
  headers: Readonly<Record<string, string>>,
  token: string | null,
): Readonly<Record<string, string>> {
  return token === null ? headers : { authorization: `Bearer ${token}`, ...headers };
}
