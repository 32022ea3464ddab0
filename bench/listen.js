// Listens on `pgrst` in the database whose URL is its argument, until its input ends.
import pg from 'pg';

const client = new pg.Client({ connectionString: process.argv[2], options: '--search_path=pg_catalog,pg_temp' });
// The server goes away first.
client.on('error', () => {});
await client.connect();
await client.query('listen pgrst');
process.stdout.write('listening\n');
process.stdin.on('end', () => process.exit()).resume();
