import type { Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { queryOf } from '../parse/request-path.js';
import { holdersOf } from './mentions.js';
import { clip, shown } from './words.js';

type Judge = (reported: Reported, facts: Facts) => Judgement | undefined;

const judges: Record<string, Judge> = {
  '42704': (reported, facts) => cast(reported, facts) ?? configuration(reported) ?? userMapping(reported),
  '42601': tsquery,
  '42883': geojson,
};

/** What the request itself asks of PostgreSQL, in words that might come from code of the database as well. */
export function judgeAsked(reported: Reported, facts: Facts): Judgement | undefined {
  return Object.hasOwn(judges, reported.code) ? judges[reported.code]?.(reported, facts) : undefined;
}

/** `select=column::type`. */
function cast({ message, path }: Reported, { places }: Facts): Judgement | undefined {
  const type = /^type "(.+)" does not exist$/s.exec(message)?.[1];
  const casts = [...queryOf(path).values()].flatMap((value) => [...value.matchAll(/::\s*"?([^",()]+)/g)]);
  if (type === undefined || !casts.some(([, asked]) => asked?.trim().toLowerCase() === type.toLowerCase())) {
    return undefined;
  }
  const [place] = places?.schemas ?? [];
  const there = place === undefined ? '' : ` There is one in schema ${shown(place)}, which is not in it.`;
  return {
    verdict: 'not_about_the_schema',
    explanation: `The request casts a column to ${shown(type)}, and PostgreSQL has no such type in the search path of the request.${there}`,
    remedy: {
      action:
        place === undefined
          ? 'Cast to a type that there is, or not at all.'
          : `Cast to another type or not at all, or add ${shown(place)} to db-extra-search-path (PGRST_DB_EXTRA_SEARCH_PATH) of PostgREST.`,
    },
  };
}

/** `column=fts(configuration).words`. */
function configuration({ message, path }: Reported): Judgement | undefined {
  const name = /^text search configuration "(.+)" does not exist$/s.exec(message)?.[1];
  const isAsked = path === '' || [...queryOf(path).values()].some((value) => value.includes(`(${name})`));
  if (name === undefined || !isAsked) return undefined;
  return {
    verdict: 'not_about_the_schema',
    explanation: `The request, or code that it runs, searches text as ${shown(name)}, and PostgreSQL has no such configuration.`,
    remedy: { action: 'Name one of those that pg_ts_config lists, such as english or simple, or none.' },
  };
}

function userMapping({ message }: Reported): Judgement | undefined {
  const [, role, server = 'the foreign server'] =
    /^user mapping not found for (?:user )?"(.+?)"(?:, server "(.+)")?$/s.exec(message) ?? [];
  if (role === undefined) return undefined;
  return {
    verdict: 'not_about_the_schema',
    explanation: `The foreign table that is read is on ${clip(server)}, and PostgreSQL does not know as whom ${shown(role)} connects there.`,
    remedy: {
      action: `Create the mapping: create user mapping for ${shown(role)} server … options (user …, password …). Or read the table through a view, which does so as its owner. No reload helps.`,
    },
  };
}

function tsquery({ message, path }: Reported): Judgement | undefined {
  if (!/in tsquery/.test(message) || /\/rpc\//.test(path)) return undefined;
  return {
    verdict: 'not_about_the_schema',
    explanation: `What the request searches for is no tsquery: ${clip(message)}.`,
    remedy: { action: 'Join the words with & or |, or search with plfts, phfts or wfts, which take plain words.' },
  };
}

/** PostgREST itself calls st_asgeojson, for whoever accepts application/geo+json. */
function geojson({ message }: Reported, facts: Facts): Judgement | undefined {
  if (!/^function (.+\.)?st_asgeojson\(/i.test(message) || holdersOf(facts, ['st_asgeojson']).length > 0) {
    return undefined;
  }
  const [place] = facts.places?.schemas ?? [];
  const action =
    place === undefined
      ? 'Create the extension postgis, or do not accept application/geo+json.'
      : `Add ${shown(place)}, where PostGIS is, to db-extra-search-path (PGRST_DB_EXTRA_SEARCH_PATH) of PostgREST.`;
  return {
    verdict: 'misconfigured',
    explanation:
      'The request accepts application/geo+json, which PostgREST produces with st_asgeojson of PostGIS. It is not in the search path of the request, or what is asked for has no geometry.',
    remedy: { action },
  };
}
