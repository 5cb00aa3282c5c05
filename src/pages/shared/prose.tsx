/** Text of somebody else, such as a description of the schema: shown as text, whatever is in it. */

/** Characters of a line that was not broken for want of room. */
const SHORT = 60;

/** Shows the text; what is between backticks as code. Lines that were broken because they were full flow on. */
export function Prose({ text }: { readonly text: string }) {
  const parts = flow(text).split('`');
  return (
    <p class="prose">
      {parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}

function flow(text: string): string {
  const [first = '', ...others] = text.split('\n');
  let before = first;
  let flowing = first;
  for (const line of others) {
    const isBroken = before.length > SHORT && !/[.!?]$/.test(before) && line.trim() !== '';
    flowing += isBroken ? ` ${line}` : `\n${line}`;
    before = line;
  }
  return flowing;
}
