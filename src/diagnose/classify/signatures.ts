import { qualify } from '../../model/identifier.js';
import type { Routine } from '../../model/model.js';
import type { Argument } from '../parse/subject.js';

/** `schema.name(parameters)`. */
export function describeRoutine({ schema, name, parameters }: Routine): string {
  const list = parameters.map(
    (one) => `${one.variadic ? 'variadic ' : ''}${one.name === '' ? '' : `${qualify(one.name)} `}${one.type}`,
  );
  return `${qualify(schema, name)}(${list.join(', ')})`;
}

/** `name(arguments)`, as PostgREST calls it. */
export function describeCall(name: string, signature: readonly Argument[]): string {
  return `${name}(${signature.map((one) => `${qualify(one.name)} ${one.type}`).join(', ')})`;
}

/** Whether a call with these arguments finds the function. */
export function fits(routine: Routine, signature: readonly Argument[]): boolean {
  const isTaken = ({ name, type }: Argument) =>
    routine.parameters.some((one) => one.name === name && isSameType(one.type, type));
  return signature.every(isTaken) && takesNames(routine, new Set(signature.map(({ name }) => name)));
}

/** Whether the function can be called with arguments of exactly these names. */
export function takesNames({ parameters }: Routine, names: ReadonlySet<string>): boolean {
  return (
    [...names].every((name) => parameters.some((one) => one.name === name)) &&
    parameters.every(({ name, required, variadic }) => !required || variadic || names.has(name))
  );
}

/** Whether the function has exactly these parameters, in their order. */
export function isExactly({ parameters }: Routine, signature: readonly Argument[]): boolean {
  return (
    parameters.length === signature.length &&
    signature.every(
      ({ name, type }, at) => parameters[at]?.name === name && isSameType(parameters[at]?.type ?? '', type),
    )
  );
}

/** Whether both are one type: it may be qualified or not, and have its length or not. */
export function isSameType(one: string, other: string): boolean {
  const plain = (type: string) =>
    type
      .replaceAll(/\(.*?\)|"/g, '')
      .replace(/^.*\./, '')
      .trim();
  return plain(one) === plain(other);
}
