import type { Finding } from '../drift/finding.js';
import { parseIdentifier, qualify } from '../model/identifier.js';
import { InstanceError } from '../postgrest/instance.js';
import { findObject, type ObjectName, objectKey, parseObjectName } from './object-name.js';
import { type InstanceReport, isFailure, type Verification } from './verify.js';

/** The part of a verification that is asked about. */
export interface Target {
  schema?: string;
  object?: ObjectName;
  /** An instance's address. */
  instance?: string;
}

/** The target is not there; the message says what is. */
export class UnknownTargetError extends Error {
  readonly code: 'unknown_schema' | 'unknown_object' | 'unknown_instance';

  constructor(code: UnknownTargetError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * `verification` without what `target` leaves out. An instance whose source does not cover the object asked for becomes
 * a failure. Throws UnknownTargetError.
 */
export function narrow(verification: Verification, target: Target): Verification {
  const reports = target.instance === undefined ? verification.reports : ofInstance(verification, target.instance);
  if (target.schema !== undefined) checkSchema(verification, target.schema);
  const asked = target.object === undefined ? undefined : askedObject(verification, target.object);
  return { ...verification, reports: reports.map((report) => narrowReport(report, target.schema, asked)) };
}

function narrowReport(
  report: InstanceReport,
  schema: string | undefined,
  asked: AskedObject | undefined,
): InstanceReport {
  if (isFailure(report)) return report;
  if (asked !== undefined && !report.schemas.includes(asked.schema)) {
    const reason = `It does not expose schema ${asked.schema}: not compared.`;
    return { instance: report.instance, error: new InstanceError('not_covered', reason) };
  }
  const isInSchema = (finding: Finding) =>
    schema === undefined || objectsOf(finding).some((object) => parseObjectName(object)?.schema === schema);
  const findings = report.findings.filter((finding) => isInSchema(finding) && (asked?.concerns(finding) ?? true));
  // What is asked about is an object or a schema, not a setting.
  const configuration = schema === undefined && asked === undefined ? report.configuration : [];
  return { ...report, findings, configuration };
}

/** All that a finding is of: that of an enum is of its columns too, that of a handler of its function. */
function objectsOf({ kind, object, catalog, cache }: Finding): string[] {
  const sides = [catalog, cache].flatMap((side) => (side === null ? [] : [side]));
  if (kind === 'changed_enum') return [object, ...((catalog?.columns ?? []) as string[])];
  const functions = sides
    .flatMap(({ function: name, handler }) => [name, handler])
    .filter((name) => name !== undefined);
  if (kind.endsWith('_representation')) return [...object.split(' -> '), ...(functions as string[])];
  if (kind.endsWith('_media_handler')) return [object.slice(0, object.lastIndexOf(' ')), ...(functions as string[])];
  if (kind.endsWith('_function')) return [object, ...sides.flatMap((side) => signatureOf(object, side))];
  if (!kind.endsWith('_relationship')) return [object];
  const relation = qualify(...(parseIdentifier(object) ?? []).slice(0, 2));
  const constraints = sides.flatMap(({ constraint }) => (typeof constraint === 'string' ? [constraint] : []));
  return [object, ...constraints.map((constraint) => `${relation}.${qualify(constraint)}`)];
}

/** The function of one side, which may take other parameters than that of the other. */
function signatureOf(object: string, { parameters }: Record<string, unknown>): string[] {
  const name = parseObjectName(object);
  if (name === undefined || !Array.isArray(parameters)) return [];
  const types = parameters.map((parameter) => String(parameter).replace(/^variadic | default$/g, ''));
  return [objectKey({ ...name, parameters: types.join(', ') })];
}

function ofInstance({ reports }: Verification, url: string): InstanceReport[] {
  const found = reports.filter(({ instance }) => instance.url === url.replace(/\/+$/, ''));
  if (found.length > 0) return found;
  const known = reports.map(({ instance }) => instance.url).join(', ');
  throw new UnknownTargetError('unknown_instance', `There is no instance ${url}; the instances are: ${known}.`);
}

function checkSchema({ reports }: Verification, schema: string): void {
  const exposed = new Set(reports.flatMap((report) => (isFailure(report) ? [] : report.schemas)));
  if (exposed.has(schema)) return;
  const known = [...exposed].join(', ');
  throw new UnknownTargetError('unknown_schema', `Schema ${schema} is not exposed; the exposed schemas are: ${known}.`);
}

interface AskedObject {
  schema: string;
  concerns(finding: Finding): boolean;
}

const takes =
  'takes schema.relation, schema.function, schema.function(parameters), schema.relation.column or schema.relation.constraint, in double quotes where a name holds a dot';

/** Reads an object's name. Throws UnknownTargetError where it is none. */
export function readObjectName(text: string): ObjectName {
  const object = parseObjectName(text);
  if (object === undefined) throw new UnknownTargetError('unknown_object', `${text} names no object: ${takes}.`);
  return object;
}

function askedObject(verification: Verification, object: ObjectName): AskedObject {
  checkSchema(verification, object.schema);
  const { isThere } = findObject(verification.catalogs, object);
  const concerns = concerning(verification, object);
  const isServed = (report: InstanceReport) => !isFailure(report) && report.findings.some(concerns);
  if (!isThere && !verification.reports.some(isServed)) {
    throw new UnknownTargetError(
      'unknown_object',
      `There is no relation, column, relationship or function ${objectKey(object)} in PostgreSQL, nor in what the instances show.`,
    );
  }
  return { schema: object.schema, concerns };
}

/** Returns what tells whether a finding of `verification` is about `object`. */
export function concerning({ catalogs }: Verification, object: ObjectName): (finding: Finding) => boolean {
  const whole = qualify(object.schema, object.name);
  const key = objectKey(object);
  const { relationships } = findObject(catalogs, object);
  const isAsked = (found: string) =>
    found === key || found.startsWith(`${key}.`) || found.startsWith(`${key}(`) || relationships.has(found);
  return (finding) =>
    objectsOf(finding).some(isAsked) || (finding.object === whole && finding.kind.endsWith('_relation'));
}
