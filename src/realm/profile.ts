/** The profile of a user. */
import { createHash } from 'node:crypto';
import { formatDocument } from '../custom-data/extended-json-format.ts';
import type { UserProfile } from '../session/users.ts';
import type { JsonObject } from '../values/json.ts';

/** What clients read of the user, values as canonical Extended JSON. */
export function describeProfile(
  profile: UserProfile,
  customData: JsonObject | null,
  appId: string,
): JsonObject {
  return {
    user_id: profile.userId,
    domain_id: createStableId(appId),
    type: 'normal',
    identities: profile.identities.map(({ shownId, provider, data }) => ({
      id: shownId,
      provider_type: provider,
      provider_id: createStableId(`${appId} ${provider}`),
      provider_data: formatDocument(data, 'canonical'),
    })),
    data: formatDocument(profile.data, 'canonical'),
    custom_data: customData ?? {},
  };
}

const ID_DIGITS = 24;

/** 24 hex digits for something that has a name only: the original had ids in its own database. */
function createStableId(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, ID_DIGITS);
}
