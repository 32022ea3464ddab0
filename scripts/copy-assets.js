// tsc copies no SQL and no shell script: what src holds beside its TypeScript goes to dist as it is.
import { cpSync, statSync } from 'node:fs';

cpSync('src', 'dist', {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || /\.(sql|sh)$/.test(path),
});
