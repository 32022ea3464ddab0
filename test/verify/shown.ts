import type { Loads } from '../../src/sessions/loads.js';

/** What PostgreSQL shows of two instances that listen while nothing loads. */
export const idle: Loads = {
  written: '10:10:',
  at: 1_000_000,
  loads: [],
  listening: 2,
  namedListening: 2,
  isHidden: false,
  hasStandby: false,
};
