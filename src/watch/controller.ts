import type { Lock } from '../postgres/advisory-lock.js';
import { runFor } from '../postgres/leader-election.js';
import { notify } from '../reload/notify.js';
import type { InstanceReport, Verification } from '../verify/verify.js';
import { type Announced, createAnnounced } from './announced.js';
import type { ReadFingerprint } from './fingerprint.js';
import { createGate, gateChannel, gateLock } from './gate.js';
import { createTold, type Told, type ToldOptions } from './told.js';
import { createWatcher, type Watcher } from './watcher.js';

export interface ControllerOptions {
  databaseUrl: string;
  channel: string;
  /** Whether the event trigger's notifications go to the gate while somebody keeps it. */
  isGated: boolean;
  watch: 'off' | 'verify' | 'heal';
  intervalMs: number;
  readFingerprint: ReadFingerprint;
  countWrites(): Promise<string>;
  verify(): Promise<Verification>;
  reload: ToldOptions['reload'];
  loadedUntil: ToldOptions['loadedUntil'];
  /** Told of what becomes of it. */
  log: ControllerLog;
}

export interface ControllerLog {
  elected(): void;
  lost(): void;
  stale(reports: readonly InstanceReport[]): void;
  failed(error: unknown): void;
}

/** Keeps PostgREST fresh: by the gate, the watch, or both. Of several replicas the leader does; the others stand by. */
export interface Controller {
  /** Somebody else has told PostgREST to reload. */
  heard(): void;
  /** Does `work`, which has PostgREST reload. */
  whileLoading<Result>(work: () => Promise<Result>): Promise<Result>;
  isElected(): boolean;
  close(): Promise<void>;
}

/** What controllers of a kind hold while they are elected. */
export function leaderLockOf({ isGated, channel }: Pick<ControllerOptions, 'isGated' | 'channel'>): Lock {
  return { kind: isGated ? gateLock : 'pgrst-ops:watch', name: channel };
}

export function startController(options: ControllerOptions): Controller {
  const { isGated, channel, log } = options;
  let isClosed = false;
  const told = createTold({
    ...options,
    onFailure(error) {
      if (isClosed) return;
      log.failed(error);
      // Another may do better; where nobody is elected, PostgREST is told directly.
      if (isGated) leader.stepDown();
      else watcher?.lookAgain();
    },
    onUnproven: () => watcher?.compareNext(),
  });
  const gate = isGated ? createGate(told) : undefined;
  const announced = createAnnounced(options.readFingerprint, log.failed);
  const watcher = options.watch === 'off' ? undefined : watcherOf(options, told, gate, announced);
  const leader = runFor({
    databaseUrl: options.databaseUrl,
    lock: leaderLockOf(options),
    channels: isGated ? [gateChannel] : [],
    onNotification({ payload }) {
      if (payload !== channel || !leader.isElected()) return;
      told.heard();
      void gate?.();
    },
    onElected() {
      log.elected();
      told.forget();
      void gate?.();
      watcher?.start();
    },
    async beforeClose(client) {
      if (isGated && told.isOwing()) await notify(client, channel, ['reload config', 'reload schema']);
    },
    onLost() {
      log.lost();
      watcher?.stop();
    },
  });
  return {
    heard() {
      watcher?.compareNext();
      if (isGated) told.loadedByOthers(told.heardSoFar());
      else if (options.watch === 'heal' && leader.isElected()) void announced.heard();
    },
    async whileLoading(work) {
      const since = told.heardSoFar();
      try {
        return await work();
      } finally {
        watcher?.compareNext();
        told.loadedByOthers(since);
        if (leader.isElected()) void gate?.();
      }
    },
    isElected: leader.isElected,
    async close() {
      isClosed = true;
      watcher?.stop();
      await leader.close();
    },
  };
}

function watcherOf(
  options: ControllerOptions,
  told: Told,
  gate: (() => Promise<void>) | undefined,
  announced: Announced,
): Watcher {
  const { log } = options;
  const heals = options.watch === 'heal';
  const isOwn = gate !== undefined && !heals;
  return createWatcher({
    ...options,
    heals,
    // One that only reports must not take what it saw for told.
    told: isOwn ? createTold({ ...options, onFailure: () => {}, onUnproven: () => {} }) : told,
    check: heals ? gate : undefined,
    isAnnounced: announced.has,
    onStale: log.stale,
    onError: log.failed,
  });
}
