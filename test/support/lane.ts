/** Whether this is `npm run test:whole`, which does in full what `npm test` does a little of. */
export const isWhole = process.env.PGRST_OPS_TEST_LANE === 'whole';
