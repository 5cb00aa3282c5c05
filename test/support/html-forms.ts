/** Forms on HTML pages. */

/** The hidden fields of the form on a page, as a browser would send them. */
export function fieldsOf(page: string): URLSearchParams {
  const fields = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  return new URLSearchParams(
    Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value])),
  );
}
