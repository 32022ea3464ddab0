import type { QualifiedName } from '../../model/model.js';
import { concerning } from '../../verify/select.js';
import { isFailure, type Verification } from '../../verify/verify.js';
import type { Agreement } from '../facts.js';

/** What of a verification is about `objects`, or about what belongs to none, such as media types. */
export function agreementOf(verification: Verification, objects: readonly QualifiedName[]): Agreement {
  const about = objects.map(({ schema, name }) =>
    concerning(verification, { schema, name, parts: [], parameters: undefined }),
  );
  return {
    instances: verification.reports.flatMap((report) => {
      if (isFailure(report)) return [];
      const findings = report.findings.filter(
        (finding) =>
          /_(media_handler|representation)$/.test(finding.kind) || about.some((concerns) => concerns(finding)),
      );
      return [{ url: report.instance.url, source: report.source, findings }];
    }),
  };
}
