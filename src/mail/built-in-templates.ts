/** The mails that are sent unless the operator has templates of their own. */

/** Kinds of mail, which are also the names of the template files. */
export const TEMPLATE_NAMES = ['confirm-email', 'reset-password'] as const;
/** One of `TEMPLATE_NAMES`. */
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

/** Placeholders are those of `TemplateValues`. */
export const BUILT_IN_TEMPLATES = {
  'confirm-email': {
    subject: 'Confirm your e-mail address for {{app}}',
    text: `Hello,

the address {{email}} was registered with {{app}}. To confirm that it is yours, open this page
within {{minutes}} minutes:

{{link}}

If you did not register, ignore this mail.
`,
    html: page(
      'Confirm your e-mail address',
      'The address {{email}} was registered with {{app}}. To confirm that it is yours, follow this link within {{minutes}} minutes:',
      'If you did not register, ignore this mail.',
    ),
  },
  'reset-password': {
    subject: 'Reset your password for {{app}}',
    text: `Hello,

somebody asked for a new password for {{email}} at {{app}}. If it was you, open this page within
{{minutes}} minutes and choose one:

{{link}}

{{removal}}

If it was not you, ignore this mail. Your password stays as it is.
`,
    html: page(
      'Reset your password',
      'Somebody asked for a new password for {{email}} at {{app}}. If it was you, follow this link within {{minutes}} minutes and choose one:',
      '{{removal}}',
      'If it was not you, ignore this mail. Your password stays as it is.',
    ),
  },
} as const;

/** The link is shown as text, too, for people who copy it. */
function page(title: string, request: string, ...others: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
</head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">
<h1 style="font-size: 1.3em">${title}</h1>
<p>${request}</p>
<p><a href="{{link}}">${title}</a></p>
<p>Or copy this address into your browser:<br>{{link}}</p>
${others.map((paragraph) => `<p>${paragraph}</p>`).join('\n')}
</body>
</html>
`;
}
