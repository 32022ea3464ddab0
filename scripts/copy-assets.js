// tsc copies no SQL and no shell script: what src holds beside its TypeScript goes as it is to the folder that is named.
import { cpSync, statSync } from 'node:fs';

cpSync('src', process.argv[2], {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || /\.(sql|sh)$/.test(path),
});
