import type { Static } from '@sinclair/typebox';
import type * as contract from '../contract/verify.js';
import type { SchemaReading } from '../verify/report.js';
import { type InstanceReport, isFailure, isFresh, type Verification } from '../verify/verify.js';

/** A verification as callers get it. */
export function presentVerification(verification: Verification): Static<typeof contract.Verification> {
  return {
    consistent: verification.reports.every(isConsistent),
    verifiedAt: verification.at.toISOString(),
    durationMs: verification.durationMs,
    ageMs: Math.max(0, Date.now() - verification.at.getTime()),
    instances: verification.reports.map(presentReport),
  };
}

/** An instance's report as callers get it. */
export function presentReport(report: InstanceReport): Static<typeof contract.InstanceReport> {
  const { url } = report.instance;
  if (isFailure(report)) {
    return { url, consistent: false, drift: [], error: { code: report.error.code, detail: report.error.message } };
  }
  const { role, comparedRelations, hiddenRelations, covers, doesNotCover, schemasFrom, schemas } = report.coverage;
  return {
    url,
    consistent: isConsistent(report),
    version: report.version,
    source: report.source,
    schemas: [...report.schemas],
    coverage: {
      role: role ?? null,
      comparedRelations,
      hiddenRelations,
      covers: [...covers],
      doesNotCover: [...doesNotCover],
      schemasFrom: schemasFrom ?? 'instance',
      schemas:
        schemas?.map(presentSchema) ?? report.schemas.map((schema) => ({ schema, source: 'probe', notReadFrom: [] })),
    },
    drift: [...report.findings, ...report.configuration],
    ...(report.loadFailure !== undefined && { error: { code: 'load_failing' as const, detail: report.loadFailure } }),
  };
}

function presentSchema({ schema, source, notReadFrom }: SchemaReading): Static<typeof contract.SchemaCoverage> {
  return { schema, source, notReadFrom: [...notReadFrom] };
}

function isConsistent(report: InstanceReport): boolean {
  return !isFailure(report) && isFresh(report) && report.configuration.length === 0;
}
