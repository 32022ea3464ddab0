/** `quick`: npm test. `whole`: npm run test:whole. `rest`: what of `quick` the other one does not do in full. */
export const lane = process.env.PGRST_OPS_TEST_LANE ?? 'quick';

/** Whether this is `npm run test:whole`, which does in full what `npm test` does a little of. */
export const isWhole = lane === 'whole';
