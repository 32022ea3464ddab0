import type { Finding } from '../drift/finding.js';
import type { MediaHandler, Relation, Routine } from '../model/model.js';
import type { InstanceError } from '../postgrest/instance.js';
import type { Listeners } from '../sessions/listeners.js';
import type { Source } from '../verify/report.js';
import type { Verdict } from './diagnosis.js';
import type { Missing } from './parse/missing.js';
import type { Request } from './parse/request.js';
import type { Subject } from './parse/subject.js';

/** What an instance's cache says of the object: nothing, where it could not be asked. */
export type CacheState = 'cached' | 'not_cached' | 'ambiguous' | 'unknown';

export interface InstanceFacts {
  url: string;
  /** The schemas that it exposes, none where it could not be asked. */
  exposed: string[];
  /** Such as `12.0.2`; empty where it is not known. */
  version: string;
  error?: InstanceError;
  cache?: { state: CacheState; detail: string };
}

/** What the comparison of catalog and caches came to in what the request names. */
export interface Agreement {
  /** Why nothing could be compared. */
  failure?: string;
  instances: {
    url: string;
    source: Source;
    findings: Finding[];
  }[];
}

/** A text that PostgreSQL runs for requests, as `lookUpCode` finds it. */
export interface Code {
  kind: 'function' | 'trigger' | 'policy' | 'view' | 'rule' | 'default' | 'check';
  schema: string;
  name: string;
  /** The relation that it belongs to. */
  onSchema: string | null;
  on: string | null;
  /** Of a function; of a trigger the function that it fires. */
  arguments: string | null;
  text: string | null;
  searchPath: string;
  /** The role that it runs as, where that is not the caller's. */
  runsAs: string | null;
  /** Which commands fire it, by their letters in pg_policy: a, r, w, d. */
  commands: string;
  id: string;
}

/** What the catalog has under the names of the request, in the schema that it goes to. */
export interface Named {
  relations: Relation[];
  routines: Routine[];
  mediaHandlers: MediaHandler[];
  /** Those of `relations`, by key, that OpenAPI documents do not show us. */
  hidden: ReadonlySet<string>;
  /** The columns of what the function of the request returns; undefined for a scalar and for rows without names. */
  resultColumns?: string[];
}

export interface Setting {
  role: string | null;
  inDatabase: boolean;
  name: string;
  value: string;
}

/** What PostgreSQL says about PostgREST, whatever the error is about. */
export interface Surroundings {
  schemas: string[];
  settings: Setting[];
  listeners: Listeners;
  /** The roles that PostgREST logs in as, with the sessions of each that there are now. */
  logins: { role: string; sessions: number; connectionLimit: number }[];
  /** PostgreSQL is a standby. */
  isStandby: boolean;
  /** The name of this database. */
  database: string;
}

/** Why PostgREST does not serve what was asked for, though something of it is there. */
export interface Reason {
  verdict: Extract<Verdict, 'not_served' | 'not_in_database' | 'schema_not_exposed' | 'misspelt'>;
  text: string;
  action: string;
  suggestions?: string[];
}

/** A relation, column, relationship or function, as the catalog has it. */
export interface ObjectFacts {
  exists: boolean;
  /** Names that are close, and what of the same name takes other arguments or hints. */
  near: string[];
  /** Whether the first of them is probably what was meant. */
  isSlip: boolean;
  /** Other schemas that have an object of this name. */
  elsewhere: string[];
  /** One sentence where the catalog says something that matters beside that. */
  remark?: string;
  /** Why it is not there to be asked for, where that is known. */
  reason?: Reason;
  /** The object is there, and PostgREST never serves its kind. */
  isServed: boolean;
  /** Only PostgREST can tell whether it is there. */
  isUncertain: boolean;
}

/** What one of the roles that requests run as may not do with one object. */
export interface Privileges {
  role: string;
  schema: string;
  name: string;
  /** Of a function. */
  arguments?: string;
  objectType: 'table' | 'sequence' | 'function' | 'schema';
  lacksSchema: boolean;
  lacks: string[];
  /** The columns that the role may read, where it may not read all of them. */
  columns?: string[];
}

/** A policy of a relation whose row-level security is on; without a name for a relation that has none. */
export interface Policy {
  schema: string;
  name: string | null;
  /** What it is for: all, select, insert, update or delete; and the roles that it is for. */
  command: string;
  roles: string;
}

/** All that was looked up for one error. What could not be read is undefined, and `failure` says why. */
export interface Facts {
  channel: string;
  /** Where the request went, as far as the error, the request or the default say. */
  schema: string;
  subject: Subject;
  request: Request;
  agreement?: Agreement;
  named?: Named;
  /** What may run for the request. */
  code?: Code[];
  /** Functions in which the names of the error stand, where `code` has none of them. */
  mentions?: Code[];
  /** Schemas in which there is what the error does not find. */
  places?: Pick<Missing, 'what' | 'name'> & { schemas: string[] };
  /** Of the constraints that the error names those that are not there any more. */
  goneConstraints?: string[];
  /** The relations that have the constraint which the error names. */
  constrained?: string[];
  /** The foreign keys that join two relations to one, which PostgREST says do not form such a relationship. */
  toOne?: { from: string; to: string; keys: string[] };
  /** The unique keys of the target. */
  uniqueKeys?: string[][];
  /** Why PostgreSQL could not be asked. */
  failure?: string;
  instances: InstanceFacts[];
  /** The schemas that are to be exposed, as this service was told or last saw. */
  configuredSchemas: readonly string[];
  surroundings?: Surroundings;
  object?: ObjectFacts;
  privileges?: Privileges[];
  /** Of what else the request needs. */
  alsoNeeded?: Privileges[];
  policies?: Policy[];
  role?: { exists: boolean; loginsWithout: string[] };
}
