import type { InstanceError } from '../postgrest/instance.js';
import type { Listeners } from '../sessions/listeners.js';
import type { Subject } from './parse/subject.js';

/** What an instance's cache says of the object: nothing, where it could not be asked. */
export type CacheState = 'cached' | 'not_cached' | 'ambiguous' | 'unknown';

export interface InstanceFacts {
  url: string;
  /** The schemas that it exposes, none where it could not be asked. */
  exposed: string[];
  error?: InstanceError;
  cache?: { state: CacheState; detail: string };
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
  logins: { role: string; sessions: number }[];
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
}

/** All that was looked up for one error. What could not be read is undefined, and `failure` says why. */
export interface Facts {
  channel: string;
  /** Where the request went, as far as the error, the request or the default say. */
  schema: string;
  subject: Subject;
  /** Why PostgreSQL could not be asked. */
  failure?: string;
  instances: InstanceFacts[];
  surroundings?: Surroundings;
  object?: ObjectFacts;
  privileges?: Privileges[];
  policies?: { schema: string; name: string | null }[];
  role?: { exists: boolean; loginsWithout: string[] };
}
