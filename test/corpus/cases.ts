import { readFixture } from '../helper.js';

/** Something that people do to a database, and whether PostgREST has to be told of it. */
export interface Case {
  id: string;
  group: string;
  /** The schemas that PostgREST exposes. */
  schemas: string[];
  extra_search_path?: string[];
  pre_config?: string;
  /** Statements that are run first, each in its own transaction. */
  setup: string[];
  /** The statements in question, each in its own transaction, or all in one with `tx`. */
  ddl: string[];
  tx?: boolean;
  /** The last statement fails. */
  expect_error?: boolean;
  /** Whether PostgREST's schema cache is another one afterwards. */
  changesCache: boolean;
  /** Whether PostgREST's configuration is another one afterwards. */
  changesConfig: boolean;
  visibleToEventTriggers: boolean;
  note?: string;
}

/** The corpus that figures are given for. */
export const cases = readCases('cases.jsonl');

/** Rarer things, chosen to find what rules made for the corpus would miss. */
export const moreCases = readCases('more.jsonl');

/** Whether PostgREST has to be told. */
export function matters({ changesCache, changesConfig }: Case): boolean {
  return changesCache || changesConfig;
}

// What these do is younger than the oldest PostgreSQL that is tested.
const since: Record<string, number> = { 'view/set_security_invoker': 15 };

// From 18 on a column that is NOT NULL in a table is so in all that inherit from it.
const until: Record<string, number> = { 'inh/set_not_null_child_only': 17, 'inh/set_not_null_child_only2': 17 };

/** Whether PostgreSQL `version` (such as 14) can run the case. */
export function runsOn(version: number, { id }: Case): boolean {
  return version >= (since[id] ?? 0) && version <= (until[id] ?? version);
}

function readCases(file: string): Case[] {
  return readFixture(`ddl-corpus/${file}`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
