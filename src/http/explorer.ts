/** The front door: browsers get the explorer, programs the list of addresses. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from '../config.ts';
import { type BuiltPage, readBuiltPages } from './built-pages.ts';
import { html } from './html-page.ts';
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

/** Adds `GET /` and, if there is an explorer, `/sandbox`. */
export function useExplorer(server: FastifyInstance, config: ExplorerConfig): void {
  const isThere = hasExplorer(config);
  let built: Promise<BuiltPage> | undefined;
  server.get('/', async (request, reply) => {
    void reply.header('vary', 'accept');
    if (!isThere || !wantsPage(request)) return ADDRESSES;
    built ??= readBuiltPages().then(({ explorer }) => explorer);
    return sendExplorer(reply, await built, config);
  });
  if (isThere) useSandbox(server);
}

/** Addresses in the page are relative: a proxy in front may have the gateway below a path of its own. */
function sendExplorer(
  reply: FastifyReply,
  { script, style }: BuiltPage,
  { appId, appName = appId, customData, introspection, providers, token }: ExplorerConfig,
): FastifyReply {
  const settings = {
    appName,
    hasHistory: customData.history > 0,
    introspection,
    providers,
    tokenBudgetBytes: token.budgetBytes,
  };
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Explorer of ${appName}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/${style}">
<script type="module" src="assets/${script}"></script>
</head>
<body data-settings="${JSON.stringify(settings)}">
<noscript>The explorer needs JavaScript. Programs find the addresses of this gateway here, too.</noscript>
</body>
</html>
`;
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': PAGE_POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    })
    .send(page.markup);
}
