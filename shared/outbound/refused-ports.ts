/** TCP ports that no web service of a user's lives on, and where an HTTP request could do harm. */

/** Above 1023: databases, caches, brokers, container and cluster control, remote desktops, and fetch's "bad ports". */
const refusedHighPorts: ReadonlySet<number> = new Set([
  1433, 1434, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3306, 3389, 3659,
  4045, 4190, 4369, 5060, 5061, 5432, 5433, 5671, 5672, 5900, 5901, 5902, 5903, 5984, 5985, 5986,
  6000, 6379, 6380, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7000, 7001, 7199, 8125,
  9042, 9092, 9160, 9200, 9300, 10080, 10250, 10255, 10256, 11211, 15672, 16379, 26379, 27017,
  27018, 27019, 28017, 50070, 61616,
]);

/** 80 and 443 below 1024 (the rest are other protocols), and everything above but the list. */
export function isWebPort(port: number): boolean {
  if (port === 80 || port === 443) return true;
  return port >= 1024 && port <= 65_535 && !refusedHighPorts.has(port);
}
