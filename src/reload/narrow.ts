import type { Finding } from '../drift/finding.js';
import { parseIdentifier, qualify } from '../model/identifier.js';
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

/** `verification` without what `target` leaves out. Throws UnknownTargetError. */
export function narrow(verification: Verification, target: Target): Verification {
  const reports = target.instance === undefined ? verification.reports : ofInstance(verification, target.instance);
  if (target.schema !== undefined) checkSchema(verification, target.schema);
  const isAsked = askedFindings(verification, target);
  return {
    ...verification,
    reports: reports.map((report) =>
      isFailure(report) ? report : { ...report, findings: report.findings.filter(isAsked) },
    ),
  };
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

function askedFindings(verification: Verification, { schema, object }: Target): (finding: Finding) => boolean {
  const isInSchema = (finding: Finding) => schema === undefined || parseIdentifier(finding.object)?.[0] === schema;
  if (object === undefined) return isInSchema;
  const [ofSchema, relation, column, ...rest] = parseIdentifier(object) ?? [];
  if (ofSchema === undefined || relation === undefined || rest.length > 0) {
    const takes = 'takes schema.relation or schema.relation.column, in double quotes where a name holds a dot';
    throw new UnknownTargetError('unknown_object', `${object} names no object: ${takes}.`);
  }
  checkSchema(verification, ofSchema);

  const relationName = qualify(ofSchema, relation);
  const name = column === undefined ? relationName : qualify(ofSchema, relation, column);
  const concerns = (finding: Finding) =>
    finding.object === name ||
    finding.object.startsWith(`${name}.`) ||
    (finding.object === relationName && finding.kind.endsWith('_relation'));
  const isKnown = (report: InstanceReport) => !isFailure(report) && report.findings.some(concerns);
  if (!inCatalog(verification, relationName, column) && !verification.reports.some(isKnown)) {
    throw new UnknownTargetError('unknown_object', `PostgreSQL has no ${name}, and no instance serves one.`);
  }
  return (finding) => concerns(finding) && isInSchema(finding);
}

function inCatalog({ catalog }: Verification, relation: string, column: string | undefined): boolean {
  const found = catalog.model.relations.get(relation);
  return found !== undefined && (column === undefined || found.columns.has(column));
}
