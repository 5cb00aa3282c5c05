/** Users as the Admin API of App Services lists them (`GET …/apps/{appId}/users`), made into rows. */
import { z } from 'zod';
import type { UserRowInput } from './user-rows.ts';
import { describe } from './user-rows.ts';

/** What the list does not say. */
export interface AppServicesOptions {
  /** Issuer of the app's custom JWTs; without it those identities are refused. */
  readonly customJwtIssuer?: string | undefined;
}

const text = z.string().max(1024);

const identityShape = z.looseObject({
  id: text.optional(),
  provider_type: text,
  provider_data: z.record(z.string(), z.json()).nullish(),
});

const userShape = z.looseObject({
  _id: z.union([text, z.strictObject({ $oid: text }).transform(({ $oid }) => $oid)]),
  identities: z.array(identityShape).max(1000).nullish(),
  disabled: z.boolean().nullish(),
  /** Seconds since 1970. */
  creation_date: z.number().nonnegative().nullish(),
  data: z.record(z.string(), z.json()).nullish(),
});

type AppServicesUser = z.output<typeof userShape>;
type AppServicesIdentity = z.output<typeof identityShape>;
type IdentityInput = NonNullable<UserRowInput['identities']>[number];

/** What an identity is made of, with what is known about the whole user. */
interface Context extends AppServicesOptions {
  readonly user: AppServicesUser;
}

const MILLISECONDS_PER_SECOND = 1000;

/**
 * Makes a row of a user. There are no passwords in the list. Identities of providers that the gateway has not (Facebook,
 * API keys) are left out.
 *
 * @throws Error with what is wrong.
 */
export function toUserRow(json: unknown, options: AppServicesOptions): UserRowInput {
  const parsed = userShape.safeParse(json);
  if (!parsed.success) throw new Error(describe(parsed.error));
  const { _id: id, creation_date: seconds, disabled, identities } = parsed.data;
  const context = { ...options, user: parsed.data };
  return {
    id,
    ...(typeof seconds === 'number'
      ? { createdAt: Math.trunc(seconds * MILLISECONDS_PER_SECOND) }
      : {}),
    isDisabled: disabled ?? false,
    identities: (identities ?? []).flatMap((identity) => toIdentity(identity, context)),
  };
}

function toIdentity(identity: AppServicesIdentity, context: Context): IdentityInput[] {
  const { id, provider_type: provider, provider_data: own } = identity;
  // A user with one identity has what its provider says in "data" alone.
  const isOnly = context.user.identities?.length === 1;
  const data = own ?? (isOnly ? context.user.data : undefined) ?? {};
  switch (provider) {
    case 'local-userpass': {
      const email = data.email ?? context.user.data?.email;
      if (typeof email !== 'string') throw new Error('An e-mail identity has no "email"');
      return [{ id, provider, externalId: email, data: { ...data, email } }];
    }
    case 'custom-token': {
      const issuer = context.customJwtIssuer;
      if (issuer === undefined) {
        throw new Error('A custom JWT identity needs --custom-jwt-issuer');
      }
      return [{ provider, externalId: JSON.stringify([issuer, requireId(id)]), data }];
    }
    case 'anon-user':
    case 'custom-function':
    case 'oauth2-google':
    case 'oauth2-apple':
      return [{ provider, externalId: requireId(id), data }];
    default:
      return [];
  }
}

function requireId(id: string | undefined): string {
  if (id === undefined || id === '') throw new Error('An identity has no "id"');
  return id;
}
