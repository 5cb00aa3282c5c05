/** Small HTML pages that work without scripts and load nothing. */
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { escapeHtml } from '../mail/templates.ts';

/** HTML that is safe to send. Only `html` makes it. */
export interface Html {
  readonly markup: string;
}

/** A template for HTML: every value that is put in is escaped, unless it is `Html` itself. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const encoded = values.map((value) =>
    typeof value === 'string' ? escapeHtml(value) : value.markup,
  );
  return { markup: parts.map((part, index) => part + (encoded[index] ?? '')).join('') };
}

const STYLE = [
  ':root{color-scheme:light dark}',
  'body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:1rem}',
  'main{max-width:30rem;margin:10vh auto}',
  'h1{font-size:1.4rem}',
  'label{display:block;margin-top:1rem}',
  'input,button{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}',
  'button{margin-top:1.5rem;cursor:pointer}',
  '[role=alert]{border-left:.25rem solid #c22;padding-left:.75rem}',
].join('');

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sends a page. Its address may hold a token, so it is neither kept nor told to anybody. */
export function sendPage(
  reply: FastifyReply,
  status: number,
  { title, body }: { readonly title: string; readonly body: Html },
): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'referrer-policy': 'no-referrer',
    })
    .send(page.markup);
}
