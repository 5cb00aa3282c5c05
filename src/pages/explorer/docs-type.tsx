/** The documentation of one type. */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql';
import { useEffect, useRef } from 'preact/hooks';
import { Prose } from '../shared/prose.tsx';

interface TypeProps {
  readonly type: GraphQLNamedType;
  /** The field that is meant. */
  readonly field?: string | undefined;
  readonly onOpen: (type: string) => void;
}

/** Shows it, and the field that is meant in view. */
export function TypeDocs({ type, field, onOpen }: TypeProps) {
  const hasFields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
  return (
    <>
      <h3 class="type-name">{type.name}</h3>
      <p class="facts">{kindOf(type)}</p>
      {type.description && <Prose text={type.description} />}
      {hasFields && (
        <ul class="fields">
          {Object.values<AnyField>(type.getFields()).map((each) => (
            <Field key={each.name} field={each} isMeant={each.name === field} onOpen={onOpen} />
          ))}
        </ul>
      )}
      {isEnumType(type) && (
        <ul class="fields">
          {type.getValues().map(({ name, description }) => (
            <li key={name}>
              <code>{name}</code>
              {description && <Prose text={description} />}
            </li>
          ))}
        </ul>
      )}
      {isUnionType(type) && (
        <ul class="fields">
          {type.getTypes().map((each) => (
            <li key={each.name}>
              <TypeName type={each} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

type AnyField = GraphQLField<unknown, unknown> | GraphQLInputField;

interface FieldProps {
  readonly field: AnyField;
  readonly isMeant: boolean;
  readonly onOpen: (type: string) => void;
}

function Field({ field, isMeant, onOpen }: FieldProps) {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isMeant) item.current?.scrollIntoView({ block: 'nearest' });
  }, [isMeant]);
  const { name, type, description, deprecationReason } = field;
  const args = 'args' in field ? field.args : [];
  return (
    <li ref={item} class={isMeant ? 'meant' : ''} aria-current={isMeant ? 'true' : undefined}>
      <code>{name}</code>: <TypeName type={type} onOpen={onOpen} />
      {description && <Prose text={description} />}
      {deprecationReason && <Prose text={`Deprecated: ${deprecationReason}`} />}
      {args.length > 0 && (
        <ul class="arguments" aria-label={`Arguments of ${name}`}>
          {args.map((argument) => (
            <Argument key={argument.name} argument={argument} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </li>
  );
}

function Argument({
  argument,
  onOpen,
}: {
  readonly argument: GraphQLArgument;
  readonly onOpen: (type: string) => void;
}) {
  const { name, type, defaultValue, description } = argument;
  return (
    <li>
      <code>{name}</code>: <TypeName type={type} onOpen={onOpen} />
      {defaultValue !== undefined && (
        <>
          {' = '}
          <code>{JSON.stringify(defaultValue)}</code>
        </>
      )}
      {description && <Prose text={description} />}
    </li>
  );
}

function TypeName({
  type,
  onOpen,
}: {
  readonly type: GraphQLType;
  readonly onOpen: (type: string) => void;
}) {
  return (
    <button type="button" class="link" onClick={() => onOpen(getNamedType(type).name)}>
      {String(type)}
    </button>
  );
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'object';
  if (isInputObjectType(type))
    return type.isOneOf ? 'input object, of which exactly one field is given' : 'input object';
  if (isScalarType(type)) return 'scalar';
  if (isEnumType(type)) return 'enum';
  return isUnionType(type) ? 'union' : 'interface';
}
