/**
 * Virtual time: runs callbacks in order of time, those of the same time in the order in which they were set. A binary
 * heap over parallel arrays; a priority-queue package would allocate an object per event and take twice the time.
 */
export type Events = ReturnType<typeof createEvents>;

export function createEvents() {
  const times: number[] = [];
  const orders: number[] = [];
  const callbacks: (() => void)[] = [];
  let order = 0;
  let clock = 0;
  const before = (i: number, time: number, rank: number): boolean =>
    times[i]! < time || (times[i] === time && orders[i]! < rank);
  function put(i: number, time: number, rank: number, callback: () => void): void {
    times[i] = time;
    orders[i] = rank;
    callbacks[i] = callback;
  }
  const move = (from: number, to: number): void => put(to, times[from]!, orders[from]!, callbacks[from]!);
  function at(time: number, callback: () => void): void {
    const rank = order++;
    let i = times.length;
    for (; i > 0; i = (i - 1) >> 1) {
      const parent = (i - 1) >> 1;
      if (before(parent, time, rank)) break;
      move(parent, i);
    }
    put(i, time, rank, callback);
  }
  function take(): () => void {
    const first = callbacks[0]!;
    const time = times.pop()!;
    const rank = orders.pop()!;
    const callback = callbacks.pop()!;
    const count = times.length;
    if (count === 0) return first;
    let i = 0;
    for (let child = 1; child < count; child = 2 * i + 1) {
      if (child + 1 < count && before(child + 1, times[child]!, orders[child]!)) child++;
      if (!before(child, time, rank)) break;
      move(child, i);
      i = child;
    }
    put(i, time, rank, callback);
    return first;
  }
  function run(until: number): void {
    while (times.length > 0 && times[0]! <= until) {
      clock = times[0]!;
      take()();
    }
  }
  return { now: () => clock, at, run };
}
