/** The fields that the operator's schema describes: what each is, who writes it, who sees it, whether tokens carry it. */
import { Prose } from './prose.tsx';

/** A field, as the gateway tells it. */
export interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  readonly isWritten: boolean;
  readonly isSeen: boolean;
  readonly isInToken: boolean;
  /** Those of an object, or of each element of an array. */
  readonly fields: readonly SchemaField[];
}

/** Shows them. */
export function FieldList({ fields }: { readonly fields: readonly SchemaField[] }) {
  return (
    <section aria-labelledby="fields-heading">
      <h3 id="fields-heading">Fields of the schema</h3>
      {fields.length === 0 ? <p>It names none that users see or write.</p> : <Fields of={fields} />}
    </section>
  );
}

function Fields({ of }: { readonly of: readonly SchemaField[] }) {
  return (
    <ul class="fields">
      {of.map((field) => (
        <li key={field.name}>
          <code>{field.name}</code>: {typeOf(field)}
          {field.description && <Prose text={field.description} />}
          <p class="facts">
            <Policy isSo={field.isWritten} yes="Users write it" no="Users may not write it" />
            <Policy isSo={field.isSeen} yes="Users see it" no="Users never see it" />
            <Policy isSo={field.isInToken} yes="Tokens carry it" no="Tokens do not carry it" />
          </p>
          {field.fields.length > 0 && <Fields of={field.fields} />}
        </li>
      ))}
    </ul>
  );
}

interface PolicyProps {
  readonly isSo: boolean;
  readonly yes: string;
  readonly no: string;
}

/** What is not as usual stands out. */
function Policy({ isSo, yes, no }: PolicyProps) {
  return isSo ? <span>{yes}</span> : <strong>{no}</strong>;
}

function typeOf({ type, isRequired, isDeprecated }: SchemaField): string {
  return [type, ...(isRequired ? ['required'] : []), ...(isDeprecated ? ['deprecated'] : [])].join(
    ', ',
  );
}
