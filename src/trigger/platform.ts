import type { TriggerFacts } from './inspect.js';
import { oursAmong } from './installed.js';

/** Whether our role may manage event triggers on this server, and what follows from who runs it. */
export interface Platform {
  name: 'postgresql' | 'supabase' | 'rds' | 'neon';
  mayInstall: boolean;
  /** One sentence: why, or who may. */
  reason: string;
  /** What an event trigger does not see here, beside what none sees. */
  misses: string[];
}

const platformOfAdminRole: Record<string, Platform['name']> = { rds_superuser: 'rds', neon_superuser: 'neon' };

/** Tells the platform from the facts alone; a role that may install elsewhere may still be refused by PostgreSQL. */
export function judgePlatform(facts: TriggerFacts): Platform {
  const [adminRole] = facts.adminRoles;
  const isSupabase = facts.supautilsPrivilegedRole !== null;
  const name = isSupabase ? 'supabase' : (platformOfAdminRole[adminRole?.name ?? ''] ?? 'postgresql');
  return { name, ...permission(facts), misses: isSupabase ? missesOnSupabase(facts) : [] };
}

function permission(facts: TriggerFacts): Pick<Platform, 'mayInstall' | 'reason'> {
  const { role, isStandby, isSuperuser, supautilsPrivilegedRole: privileged, adminRoles } = facts;
  const [adminRole] = adminRoles;
  if (isStandby) return { mayInstall: false, reason: 'This is a standby: install the event trigger on its primary.' };
  if (isSuperuser) return { mayInstall: true, reason: `${role} is a superuser.` };
  if (privileged !== null) {
    const mayInstall = role === privileged;
    return { mayInstall, reason: `Here supautils lets ${privileged} create event triggers.` };
  }
  if (adminRole !== undefined) {
    const reason = adminRole.isOurs
      ? `${role} is a member of ${adminRole.name}.`
      : `A member of ${adminRole.name} may.`;
    return { mayInstall: adminRole.isOurs, reason };
  }
  return { mayInstall: false, reason: `${role} is not a superuser: have one run the SQL.` };
}

// supautils does not run a trigger of theirs for those who could be harmed by it.
function missesOnSupabase({ eventTriggers, isSuperuser, supautilsReservedRoles }: TriggerFacts): string[] {
  const installed = oursAmong(eventTriggers);
  const isOfSuperuser = installed.length === 0 ? isSuperuser : installed.every((trigger) => trigger.ownerIsSuperuser);
  if (isOfSuperuser) return [];
  const reserved = supautilsReservedRoles ? ` (${supautilsReservedRoles})` : '';
  return [
    `DDL of superusers and of Supabase's reserved roles${reserved}`,
    'CREATE EXTENSION, CREATE PUBLICATION and foreign data wrappers',
  ];
}
