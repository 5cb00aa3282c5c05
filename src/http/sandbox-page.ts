/** Apollo Sandbox, which Apollo serves: the page needs the internet, and loads what Apollo says. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { html, sendHtml } from './html-page.ts';

const SCRIPT_HOST = 'https://embeddable-sandbox.cdn.apollographql.com';
const SCRIPT = `${SCRIPT_HOST}/v2/embeddable-sandbox.umd.production.min.js`;
const NONCE_BYTES = 18;

const policyOf = (nonce: string) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' ${SCRIPT_HOST}`,
    `style-src 'nonce-${nonce}'`,
    'frame-src https://sandbox.embed.apollographql.com',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Adds `/sandbox`. It asks the endpoint beside it, with no cookies. */
export function useSandbox(server: FastifyInstance): void {
  server.get('/sandbox', async (_request, reply) => {
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Apollo Sandbox</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">
body{margin:0;font:1rem/1.5 system-ui,sans-serif}
p{padding:1rem}
iframe{border:0;width:100%;height:100%}
#sandbox{position:absolute;inset:0;background:#fff}
#sandbox:empty{display:none}
</style>
</head>
<body>
<p>Apollo Sandbox comes from the internet, which does not answer. The <a href="./">explorer</a> works without it.</p>
<div id="sandbox"></div>
<script nonce="${nonce}" src="${SCRIPT}"></script>
<script nonce="${nonce}">
if (window.EmbeddedSandbox) {
  new window.EmbeddedSandbox({
    target: '#sandbox',
    initialEndpoint: new URL('graphql', location.href).href,
    includeCookies: false,
    hideCookieToggle: false,
    endpointIsEditable: false,
    allowDynamicStyles: false,
  });
}
</script>
</body>
</html>
`;
    return sendHtml(reply, page, policyOf(nonce));
  });
}
