import t from 'tap';
import { isAtLeast } from '../../src/lib/version.js';

t.test('versions are compared by their parts, and one that is not known is the latest', (t) => {
  const cases: [version: string, since: string, expected: boolean][] = [
    ['12.0.2', '12.2', false],
    ['12.2', '12.2', true],
    ['12.2.3', '12.2.4', false],
    ['12.2.12', '12.2.4', true],
    ['13.0.8', '12.2.4', true],
    ['13', '13.0.8', false],
    ['9.0', '12', false],
    ['16.2', '13', true],
    ['', '16', true],
  ];
  for (const [version, since, expected] of cases) t.equal(isAtLeast(version, since), expected, `${version} ${since}`);
  t.end();
});
