import type { Reloader, ReloadOutcome, ReloadRequest, ReloadResult } from './reload.js';

export type ReloadCause =
  /** Somebody asked us. */
  | 'call'
  /** The event trigger notified us. */
  | 'trigger'
  /** It was found in the catalogs. */
  | 'watcher'
  /** It was not known what PostgREST had been told: nobody kept watch before, or the catalogs could not be read. */
  | 'takeover';

/** One reload that was asked for. */
export interface ReloadRecord {
  /** When it was asked for. */
  at: Date;
  /** The name of the token that asked; undefined without tokens. */
  caller: string | undefined;
  reason: string | undefined;
  cause: ReloadCause;
  config: boolean;
  outcome: ReloadOutcome;
  durationMs: number;
  notifications: number;
  instances: ReloadResult['instances'];
}

/** Who asks for a reload, and why. */
export type Asked = Pick<ReloadRecord, 'caller' | 'reason' | 'cause'>;

/** A reloader that remembers what it was asked for. */
export interface RecordingReloader {
  /** As the reloader's own; keeps a record when it has ended, however it did. */
  reload(request: ReloadRequest, asked: Asked): Promise<ReloadResult>;
  /** The last reloads that have ended, the newest first. */
  records(): readonly ReloadRecord[];
}

const maxRecords = 200;

export function recordReloads(reloader: Pick<Reloader, 'reload'>): RecordingReloader {
  let records: readonly ReloadRecord[] = [];
  const keep = (record: ReloadRecord) => {
    records = [record, ...records].slice(0, maxRecords);
  };
  return {
    async reload(request, asked) {
      const at = new Date();
      const result = await reloader.reload(request);
      const { outcome, durationMs, notifications, instances } = result;
      keep({ at, ...asked, config: request.config, outcome, durationMs, notifications, instances });
      return result;
    },
    records: () => records,
  };
}
