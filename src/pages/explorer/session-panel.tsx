/** Who is logged in, and what is in their token. */
import {
  announceRest,
  decodeClaims,
  describeRest,
  headerBytes,
  instantOf,
  largestFields,
  meaningOf,
} from '../shared/claims.ts';
import { Bar } from '../shared/states.tsx';
import { useStore } from '../shared/store.ts';
import { Instant, useNow } from '../shared/time.tsx';
import { LogInForm } from './log-in-form.tsx';
import type { Model } from './model.ts';

/** Shows it, or how to log in. */
export function SessionPanel({ model }: { readonly model: Model }) {
  const { user, token, isPasted, hasEnded } = useStore(model.who);
  const claims = token === null ? null : decodeClaims(token);
  if (user === null && !isPasted) {
    return (
      <>
        {hasEnded && <Bar kind="warning">The session has ended. Log in again.</Bar>}
        <LogInForm model={model} />
      </>
    );
  }
  return (
    <>
      <h3>{isPasted ? 'A token from elsewhere' : 'Logged in'}</h3>
      <dl>
        <dt>User</dt>
        <dd>
          <code>{isPasted ? String(claims?.['sub'] ?? 'unknown') : user?.id}</code>
        </dd>
      </dl>
      {token !== null && claims !== null && (
        <TokenFacts model={model} token={token} claims={claims} />
      )}
      <p class="acts">
        {isPasted ? (
          <button type="button" onClick={() => model.paste(null)}>
            Forget this token
          </button>
        ) : (
          <button type="button" onClick={() => void model.session.logOut()}>
            Log out
          </button>
        )}
      </p>
      {claims !== null && <Claims claims={claims} />}
    </>
  );
}

type ClaimsOf = Readonly<Record<string, unknown>>;

interface TokenFactsProps {
  readonly model: Model;
  readonly token: string;
  readonly claims: ClaimsOf;
}

/** When it expires, and how large it is. */
function TokenFacts({ model, token, claims }: TokenFactsProps) {
  const now = useNow(model.reach.ahead);
  const { isPasted } = useStore(model.who);
  const budget = model.settings.tokenBudgetBytes;
  const expiry = instantOf('exp', claims['exp']);
  const rest = expiry === null ? null : expiry - now;
  const bytes = headerBytes(token);
  const fields = largestFields(claims['user_data']);
  return (
    <>
      {rest !== null && rest <= 0 && (
        <Bar kind="warning">
          {isPasted
            ? 'The token has expired. Forget it, and take another or log in.'
            : 'The token has expired. The next operation refreshes it.'}
        </Bar>
      )}
      <dl>
        <dt>Expires</dt>
        <dd>{rest === null ? 'never' : `in ${describeRest(rest)}`}</dd>
        <dt>Size</dt>
        <dd>
          <label for="token-size">
            {bytes.toLocaleString()} of {budget.toLocaleString()} bytes
          </label>
          <meter id="token-size" min={0} max={budget} high={budget * 0.8} value={bytes} />
        </dd>
      </dl>
      {fields.length > 0 && (
        <details>
          <summary>What takes most</summary>
          <dl>
            {fields.map(({ name, bytes: size }) => (
              <div key={name} class="row">
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>{size.toLocaleString()} bytes</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <p class="unseen" role="status">
        {rest === null ? '' : announceRest(rest)}
      </p>
    </>
  );
}

/** Every claim, and what it means. */
function Claims({ claims }: { readonly claims: ClaimsOf }) {
  return (
    <details>
      <summary>Claims of the token</summary>
      <dl class="claims">
        {Object.entries(claims).map(([name, value]) => {
          const at = instantOf(name, value);
          return (
            <div key={name}>
              <dt>
                <code>{name}</code> <span>{meaningOf(name)}</span>
              </dt>
              <dd>
                <code>{JSON.stringify(value)}</code>
                {at !== null && (
                  <>
                    {' '}
                    (<Instant at={at} />)
                  </>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </details>
  );
}
