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

/** The colours and measures of `src/pages/shared/style.css`, without a request. */
const STYLE = [
  ':root{color-scheme:light dark;--text:light-dark(#1b2230,#e6eaf0);--muted:light-dark(#556070,#a3adbb);',
  '--bg:light-dark(#fff,#12161d);--control:light-dark(#7b8595,#6b7687);--accent:light-dark(#0b57b8,#7db4ff);',
  '--on-accent:light-dark(#fff,#0d1b2e);--error:light-dark(#b3261e,#ff9b92);--error-bg:light-dark(#fdecea,#3a1a18)}',
  'body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:1rem;color:var(--text);background:var(--bg)}',
  'main{max-width:30rem;margin:10vh auto}',
  'h1{font-size:1.4rem}',
  '.app{color:var(--muted);margin:0}',
  'label{display:block;margin-top:1rem}',
  'input,button{font:inherit;min-height:44px;padding:.5rem;width:100%;box-sizing:border-box;color:var(--text);',
  'background:var(--bg);border:1px solid var(--control);border-radius:6px}',
  'button{margin-top:1.5rem;cursor:pointer;color:var(--on-accent);background:var(--accent);border-color:var(--accent)}',
  ':focus-visible{outline:2px solid var(--accent);outline-offset:2px}',
  '[role=alert]{padding:.75rem;color:var(--error);background:var(--error-bg);border:1px solid var(--error);border-radius:6px}',
].join('');

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a page says, and the name of the app that it is of. */
export interface Page {
  readonly app: string;
  readonly title: string;
  readonly body: Html;
}

/** Sends a page. Its address may hold a token, so it is neither kept nor told to anybody. */
export function sendPage(
  reply: FastifyReply,
  status: number,
  { app, title, body }: Page,
): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${app}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<main>
<p class="app">${app}</p>
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
