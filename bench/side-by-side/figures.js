const perSecond = ({ jobs, ms }) => (jobs / ms) * 1_000
const per100k = (cpuMs, jobs) => (cpuMs / jobs) * 100

/** Jobs a second and CPU seconds per 100,000 jobs, side by side, of what `rounds` answered. */
export function processing(turns) {
  return {
    rate: mapped(turns, perSecond),
    cpu: mapped(turns, ({ cpuMs, serverMs, jobs }) => per100k(cpuMs + serverMs, jobs)),
    worker: mapped(turns, ({ cpuMs, jobs }) => per100k(cpuMs, jobs)),
    server: mapped(turns, ({ serverMs, jobs }) => per100k(serverMs, jobs)),
  }
}

/** Each side's list of figures, one a round. */
export function mapped(turns, figure) {
  return Object.fromEntries(Object.entries(turns).map(([name, each]) => [name, each.map(figure)]))
}
