/** Text of somebody else, such as a description of the schema: shown as text, whatever is in it. */

/** Shows the text; what is between backticks as code. */
export function Prose({ text }: { readonly text: string }) {
  const parts = text.split('`');
  return (
    <p class="prose">
      {parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}
