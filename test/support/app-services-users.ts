/** A made-up list of users as the Admin API of App Services gave it, and their documents. */
import { ObjectId } from '../../src/bson.ts';

/** Whom the guide to moving begins with. */
export const ADA = { id: '5f1f216e82df4a7979f9da93', email: 'ada@example.com' };

const PROVIDERS = ['local-userpass', 'anon-user', 'custom-function', 'api-key'] as const;

/** So many users, the first of them Ada, each tenth disabled. */
export function appServicesUsers(count: number): readonly object[] {
  return Array.from({ length: count }, (_none, index) => {
    const provider = PROVIDERS[index % PROVIDERS.length] ?? 'local-userpass';
    const email = index === 0 ? ADA.email : `user-${index}@example.com`;
    const identity = { id: new ObjectId().toHexString(), provider_type: provider };
    return {
      _id: index === 0 ? ADA.id : new ObjectId().toHexString(),
      identities: [{ ...identity, provider_id: new ObjectId().toHexString() }],
      type: 'normal',
      creation_date: 1_595_875_694 + index,
      last_authentication_date: 1_695_875_694,
      disabled: index % 10 === 9,
      ...(provider === 'local-userpass' ? { data: { email } } : {}),
    };
  });
}

/** A document for each user, as `mongoexport` writes it. */
export function documentsOf(users: readonly object[], userIdField: string): string {
  const rows = users.map((user, index) => {
    const id = { $oid: new ObjectId().toHexString() };
    const { _id: owner } = user as { readonly _id: string };
    return { _id: id, [userIdField]: owner, tasks: { $numberInt: String(index) } };
  });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
