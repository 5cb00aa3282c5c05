/** What language a user reads. */
import type { Config } from '../config.ts';
import type { CustomData } from '../custom-data/custom-data.ts';
import { canonicalTag } from '../language-tag.ts';
import type { Log } from '../log.ts';
import { valuesAt } from '../values/paths.ts';
import type { SeenRequest } from './seen-request.ts';

/** What it takes to find it out. */
export interface MailLanguagesParts {
  readonly config: { readonly email: Pick<Config['email'], 'languageField'> };
  readonly customData: Pick<CustomData, 'readVisible'>;
  readonly log: Log;
  readonly request: Pick<SeenRequest, 'headers'>;
}

/**
 * What the user's document says, if the configuration names its field, and what the browser says that asks for the
 * mail; the more important first. A document that cannot be read keeps nobody from getting a mail.
 */
export async function findLanguages(
  { config, customData, log, request }: MailLanguagesParts,
  userId: string,
): Promise<readonly (string | undefined)[]> {
  const { languageField } = config.email;
  const accepted = request.headers['accept-language'];
  if (languageField === undefined) return [accepted];
  try {
    const [value] = valuesAt((await customData.readVisible(userId)) ?? {}, languageField);
    const tag = typeof value === 'string' ? canonicalTag(value.replaceAll('_', '-')) : undefined;
    return [tag, accepted];
  } catch (error) {
    log.warn({ err: error, userId }, 'the language of a user cannot be read');
    return [accepted];
  }
}
