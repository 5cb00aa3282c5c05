/** Small HTML pages that work without scripts and load nothing but a style sheet of the gateway. */
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

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a page says and how it looks. */
export interface Page {
  /** The name of the app that it is of. */
  readonly app: string;
  /** A tag of BCP 47. */
  readonly language: string;
  readonly title: string;
  readonly body: Html;
  /** Path of its style sheet, relative to its own; absent: it looks as browsers have it. */
  readonly style?: string | undefined;
}

/** Sends a page, as `sendHtml` does. */
export function sendPage(
  reply: FastifyReply,
  status: number,
  { app, language, title, body, style }: Page,
): FastifyReply {
  const sheet = style === undefined ? '' : html`\n<link rel="stylesheet" href="${style}">`;
  const page = html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${app}</title>${sheet}
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
  return sendHtml(reply.code(status), page, CONTENT_SECURITY_POLICY);
}

/** Sends HTML that may load what `policy` allows. Its address may hold a token, so it is neither kept nor told to anybody. */
export function sendHtml(reply: FastifyReply, { markup }: Html, policy: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
    })
    .send(markup);
}

/** Node.js knows it of every language, and the types of TypeScript not yet. */
function directionOf(language: string): 'ltr' | 'rtl' {
  const locale = new Intl.Locale(language) as Intl.Locale & {
    readonly textInfo?: { readonly direction: 'ltr' | 'rtl' };
    getTextInfo?(): { readonly direction: 'ltr' | 'rtl' };
  };
  return (locale.getTextInfo?.() ?? locale.textInfo)?.direction ?? 'ltr';
}
