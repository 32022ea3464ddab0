import type { Finding } from '../drift/finding.js';
import { parseIdentifier, qualify } from '../model/identifier.js';
import { InstanceError } from '../postgrest/instance.js';
import { type InstanceReport, isFailure, type Verification } from './verify.js';

/** The part of a verification that is asked about. */
export interface Target {
  schema?: string;
  /** A relation or column: `schema.relation` or `schema.relation.column`, in quotes or not. */
  object?: string;
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
  const isInSchema = (finding: Finding) => schema === undefined || parseIdentifier(finding.object)?.[0] === schema;
  const findings = report.findings.filter((finding) => isInSchema(finding) && (asked?.concerns(finding) ?? true));
  if (asked !== undefined && findings.length === 0 && !report.coverage.comparedRelations.has(asked.relation)) {
    const reason = `Its ${report.source} does not show ${asked.relation} to the role ${report.coverage.role}: not compared.`;
    return { instance: report.instance, error: new InstanceError('not_covered', reason) };
  }
  return { ...report, findings };
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
  /** The relation that it is, or is a column of. */
  relation: string;
  concerns(finding: Finding): boolean;
}

function askedObject(verification: Verification, object: string): AskedObject {
  const [ofSchema, relationName, column, ...rest] = parseIdentifier(object) ?? [];
  if (ofSchema === undefined || relationName === undefined || rest.length > 0) {
    const takes = 'takes schema.relation or schema.relation.column, in double quotes where a name holds a dot';
    throw new UnknownTargetError('unknown_object', `${object} names no object: ${takes}.`);
  }
  checkSchema(verification, ofSchema);

  const relation = qualify(ofSchema, relationName);
  const name = column === undefined ? relation : qualify(ofSchema, relationName, column);
  const concerns = (finding: Finding) =>
    finding.object === name ||
    finding.object.startsWith(`${name}.`) ||
    (finding.object === relation && finding.kind.endsWith('_relation'));
  const isServed = (report: InstanceReport) => !isFailure(report) && report.findings.some(concerns);
  if (!inCatalog(verification, relation, column) && !verification.reports.some(isServed)) {
    throw new UnknownTargetError(
      'unknown_object',
      `There is no relation or column ${name} in PostgreSQL, nor in what the instances show.`,
    );
  }
  return { relation, concerns };
}

function inCatalog({ catalog }: Verification, relation: string, column: string | undefined): boolean {
  const found = catalog.model.relations.get(relation);
  return found !== undefined && (column === undefined || found.columns.has(column));
}
