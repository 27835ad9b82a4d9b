/** The statements that are measured. */

export const HUNDRED_ROWS =
  "select n as order_id, n * 7 as customer_id, 'shipped' as status, n * 1.25 as total_amount, timestamptz '2026-01-01' + n * interval '1 hour' as ordered_at, n % 2 = 0 as paid from generate_series(1, 100) n";
