/** Whether `version` (such as `12.2.12`) is `since` or later. One that is not known, an empty text, counts as the latest. */
export function isAtLeast(version: string, since: string): boolean {
  if (version === '') return true;
  const [own, other] = [version, since].map((text) => text.split('.').map(Number));
  const at = other?.findIndex((part, position) => part !== (own?.[position] ?? 0)) ?? -1;
  return at === -1 || (own?.[at] ?? 0) > (other?.[at] ?? 0);
}
