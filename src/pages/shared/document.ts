/** What a caller does with their document: look, refresh, write, and go back in its history. */
import type { WriteMode } from 'custom-user-data-client';
import { type Asker, ask } from './ask.ts';
import type { PageSession } from './session.ts';

/** Who calls, and who takes the tokens that come of it. */
export type Caller = Asker & Pick<PageSession, 'keepReissued'>;

/** A document in relaxed Extended JSON. */
export type Document = Readonly<Record<string, unknown>>;

/** The snapshot in the token, and what is stored now. */
export interface Looked {
  /** `null`: the token shows no document, or it was too large for one. */
  readonly shown: Document | null;
  readonly shownRevision: string | null;
  /** When it was read, ISO 8601. */
  readonly shownAt: string;
  readonly isTooLarge: boolean;
  readonly stored: Document | null;
  readonly storedRevision: string | null;
}

interface Me {
  readonly customData?: Document | null;
  readonly customDataRevision: string | null;
  readonly customDataReadAt: string;
  readonly storedCustomData: Document | null;
  readonly storedCustomDataRevision: string | null;
}

const STORED = 'customDataRevision customDataReadAt storedCustomData storedCustomDataRevision';
const CLAIMS = '{ id customData customDataRevision customDataReadAt tokenExpiresAt }';
const ME = `{ me ${CLAIMS} }`;
const USER = `user ${CLAIMS}`;
const REFRESH = `mutation { refreshCustomData { accessToken ${USER} } }`;
const WRITE = `mutation ($data: JSON!, $mode: WriteMode!, $revision: String) {
  writeCustomUserData(newCustomUserData: $data, mode: $mode, expectedRevision: $revision) { accessToken ${USER} } }`;
const RESTORE = `mutation ($to: String!, $revision: String) {
  restoreCustomUserData(revision: $to, expectedRevision: $revision) { accessToken ${USER} } }`;
const HISTORY = `query ($after: String) { me { customDataHistory(first: 20, after: $after) {
  edges { node { revision at writer deleted customData } } pageInfo { hasNextPage endCursor } } } }`;

const codeOf = (error: unknown) => (error as { readonly code?: string }).code;

/** Reads both. Rejects as `ask`. */
export async function look(caller: Asker): Promise<Looked | null> {
  let me: Me | null;
  let isTooLarge = false;
  try {
    ({ me } = await ask<{ me: Me | null }>(caller, `{ me { customData ${STORED} } }`));
  } catch (error) {
    if (codeOf(error) !== 'CUSTOM_DATA_TOO_LARGE') throw error;
    isTooLarge = true;
    ({ me } = await ask<{ me: Me | null }>(caller, `{ me { ${STORED} } }`));
  }
  if (me === null) return null;
  return {
    shown: me.customData ?? null,
    shownRevision: me.customDataRevision,
    shownAt: me.customDataReadAt,
    isTooLarge,
    stored: me.storedCustomData,
    storedRevision: me.storedCustomDataRevision,
  };
}

/** A mutation that reissues the token, which is kept. */
async function change(caller: Caller, mutation: string, variables: object = {}): Promise<void> {
  const data = await ask<Record<string, { accessToken: string; user: unknown }>>(
    caller,
    mutation,
    variables,
  );
  const [payload] = Object.values(data);
  if (payload !== undefined) await caller.keepReissued(payload);
}

/** Takes a token that was reissued for the caller, whose user its claims are. */
export async function takeReissued(caller: Caller, accessToken: string): Promise<void> {
  const getToken = () => Promise.resolve(accessToken);
  const { me: user } = await ask<{ me: unknown }>({ ...caller, getToken }, ME);
  await caller.keepReissued({ accessToken, user });
}

/** Has the claims made anew. */
export const refresh = (caller: Caller) => change(caller, REFRESH);

/** Writes on the revision that is expected; `""`: there is no document. Rejects with `REVISION_CONFLICT` and others. */
export const write = (caller: Caller, data: Document, mode: WriteMode, revision: string) =>
  change(caller, WRITE, { data, mode, revision });

/** Brings a former revision back, on the one that is expected. */
export const restore = (caller: Caller, to: string, revision: string) =>
  change(caller, RESTORE, { to, revision });

/** A revision of the history. */
export interface Revision {
  readonly revision: string | null;
  readonly at: string;
  readonly writer: string;
  readonly deleted: boolean;
  /** `null` if it was deleted, or too large to be kept. */
  readonly customData: Document | null;
}

/** A part of the history, the latest first. */
export interface Revisions {
  readonly revisions: readonly Revision[];
  /** Where the next part begins; `null`: there is none. */
  readonly next: string | null;
}

interface History {
  readonly edges: readonly { readonly node: Revision }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Reads a part of the history. */
export async function readHistory(caller: Asker, after: string | null): Promise<Revisions> {
  const { me } = await ask<{ me: { customDataHistory: History | null } | null }>(caller, HISTORY, {
    after,
  });
  const { edges = [], pageInfo } = me?.customDataHistory ?? {};
  return {
    revisions: edges.map(({ node }) => node),
    next: pageInfo?.hasNextPage === true ? pageInfo.endCursor : null,
  };
}

const INDENTATION = 2;

/** A document as text; nothing if there is none. */
export function toText(document: Document | null): string {
  return document === null ? '' : JSON.stringify(document, null, INDENTATION);
}

/** A revision, shortened for people: the first characters differ as well as the whole does. */
export function shortRevision(revision: string | null): string {
  const LENGTH = 8;
  return revision === null ? 'no document' : revision.slice(0, LENGTH);
}
