/** The front door: browsers get the explorer, programs the list of addresses. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from '../config.ts';
import type { CustomDataSchema } from '../custom-data/schema/custom-data-schema.ts';
import { type ToldField, tellFields } from '../custom-data/schema/told-fields.ts';
import type { BuiltPage, BuiltPages } from './built-pages.ts';
import { html, sendHtml, sendPage } from './html-page.ts';
import { useSandbox } from './sandbox-page.ts';
import { wantsPage } from './wants-page.ts';

const ADDRESSES = {
  name: 'Custom user data gateway',
  graphql: '/graphql',
  jwks: '/.well-known/jwks.json',
  health: ['/health/live', '/health/ready'],
  metrics: '/metrics',
};

/** Everything is from here, and no text becomes a script. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What the explorer has to know of the gateway. */
export type ExplorerConfig = Pick<
  Config,
  'appId' | 'appName' | 'customData' | 'explorer' | 'introspection' | 'providers' | 'token'
>;

/** Whether browsers get pages. */
export function hasExplorer({ explorer, introspection }: ExplorerConfig): boolean {
  return explorer ?? introspection;
}

/**
 * Adds `GET /` and, if there is an explorer, `/sandbox`. What the page tells of the operator's schema is what introspection
 * tells of it, so with that it is gone.
 */
export function useExplorer(
  server: FastifyInstance,
  config: ExplorerConfig,
  schema: CustomDataSchema | null,
  built: BuiltPages,
): void {
  const isThere = hasExplorer(config);
  const isTold = schema !== null && config.introspection;
  const settings = settingsOf(config, isTold ? tellFields(schema.root) : undefined);
  server.get('/', async (request, reply) => {
    void reply.header('vary', 'accept');
    if (!isThere || !wantsPage(request)) return ADDRESSES;
    const page = (await built.read())?.explorer;
    return page === undefined ? sendUnbuilt(reply, config) : sendExplorer(reply, page, settings);
  });
  if (isThere) useSandbox(server);
}

/** What the page knows of the gateway. */
function settingsOf(
  { appId, appName = appId, customData, introspection, providers, token }: ExplorerConfig,
  fields: readonly ToldField[] | undefined,
) {
  return {
    appName,
    fields,
    hasHistory: customData.history > 0,
    introspection,
    providers,
    tokenBudgetBytes: token.budgetBytes,
  };
}

/** Says so when only the gateway was compiled, and not its pages. */
function sendUnbuilt(
  reply: FastifyReply,
  { appId, appName: app = appId }: ExplorerConfig,
): FastifyReply {
  const body = html`<p>The pages of this gateway have not been built: <code>npm run build</code> builds them.</p>
<p>The gateway itself works. Programs find GraphQL at <code>/graphql</code>, and other addresses at this one.</p>`;
  return sendPage(reply, 404, {
    app,
    language: 'en',
    title: 'There is no explorer here',
    body,
    style: undefined,
  });
}

/** Addresses in the page are relative: a proxy in front may have the gateway below a path of its own. */
function sendExplorer(
  reply: FastifyReply,
  { script, style }: BuiltPage,
  settings: ReturnType<typeof settingsOf>,
): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Explorer of ${settings.appName}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/${style}">
<script type="module" src="assets/${script}"></script>
</head>
<body data-settings="${JSON.stringify(settings)}">
<noscript>The explorer needs JavaScript. Programs find the addresses of this gateway here, too.</noscript>
</body>
</html>
`;
  void reply.headers({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  return sendHtml(reply, page, PAGE_POLICY);
}
