/** Placeholders in texts of the operator, such as `{{link}}`, which are replaced and nothing else. */

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** The names of the placeholders in a text, in order. */
export function listPlaceholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name]) => name?.trim() ?? '');
}

/** A text with its values, each as `encode` makes it; one that is absent is empty. */
export function fillPlaceholders<Values extends object>(
  text: string,
  values: Values,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replace(PLACEHOLDER, (_whole, name: string) =>
    encode(String(values[name.trim() as keyof Values] ?? '')),
  );
}
