import { existsSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import { buildApp } from './app.js';
import { createServices } from './services.js';
import { type AppSettings, readSettings, type Settings, SettingsError } from './settings.js';

const exitCodes = { failed: 1, badSettings: 2 };
const closeDeadlineMs = 5_000;

try {
  const settings = readSettings(process.env, existsSync('.env') ? readFileSync('.env', 'utf8') : '');
  await (settings.databaseUrl === undefined
    ? runSandbox(settings)
    : runService({ ...settings, databaseUrl: settings.databaseUrl }));
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof SettingsError ? exitCodes.badSettings : exitCodes.failed);
}

function warnOfWeakTokens({ tokens }: Settings, logger: Logger): void {
  for (const { name } of tokens.filter(({ isWeak }) => isWeak)) {
    logger.warn(`The API token ${name} is shorter than 16 characters: it can be guessed.`);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  return code === 'EADDRINUSE' && syscall === 'listen' ? `PORT: port ${port} on ${address} is taken.` : error.message;
}

async function runService(settings: AppSettings): Promise<void> {
  const logger = pino({ level: settings.logLevel });
  warnOfWeakTokens(settings, logger);
  const app = await buildApp(settings, createServices(settings, logger), logger);
  closeOnSignals(app, logger);
  await app.listen({ host: settings.host, port: settings.port });
}

/** Runs on a PostgreSQL and a PostgREST of our own. Their packages are optional: nothing else may import them. */
async function runSandbox(settings: Settings): Promise<void> {
  const { startDemo } = await import('./sandbox/demo.js');
  const { banner } = await import('./sandbox/banner.js');
  const demo = await startDemo(settings);
  // The banner speaks; unless asked for, the log joins in only when something is wrong.
  const logger = pino({ level: settings.logLevel === 'info' ? 'warn' : settings.logLevel });
  warnOfWeakTokens(settings, logger);
  const app = await buildApp(demo.settings, createServices(demo.settings, logger), logger);
  app.addHook('onClose', () => demo.sandbox.stop());
  closeOnSignals(app, logger);
  await demo.installTrigger();
  process.stdout.write(banner(demo, await app.listen({ host: settings.host, port: settings.port })));
}

/**
 * Ends the process orderly on SIGTERM and SIGINT, of which Ctrl-C under npm sends two. What takes longer than 5 s is
 * cut off.
 */
function closeOnSignals(app: FastifyInstance, logger: Logger): void {
  let isClosing = false;
  const close = async (signal: NodeJS.Signals) => {
    if (isClosing) return;
    isClosing = true;
    logger.info(`Closing on ${signal}.`);
    setTimeout(() => process.exit(exitCodes.failed), closeDeadlineMs).unref();
    await app.close();
    process.exit();
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
}
