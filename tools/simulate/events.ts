/**
 * Virtual time: callbacks in the order of their instants, those of one instant in the order in which they were set.
 * A binary heap over parallel arrays; a priority-queue package would allocate a record an event and take twice the time.
 */
export interface Events {
  readonly now: () => number;
  readonly at: (time: number, callback: () => void) => void;
  readonly run: (until: number) => void;
}

export function createEvents(): Events {
  const times: number[] = [];
  const orders: number[] = [];
  const callbacks: (() => void)[] = [];
  let order = 0;
  let clock = 0;
  const before = (a: number, b: number): boolean =>
    times[a]! < times[b]! || (times[a] === times[b] && orders[a]! < orders[b]!);
  function swap(a: number, b: number): void {
    [times[a], times[b]] = [times[b]!, times[a]!];
    [orders[a], orders[b]] = [orders[b]!, orders[a]!];
    [callbacks[a], callbacks[b]] = [callbacks[b]!, callbacks[a]!];
  }
  function at(time: number, callback: () => void): void {
    let i = times.length;
    times.push(time);
    orders.push(order++);
    callbacks.push(callback);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(i, parent)) break;
      swap(i, parent);
      i = parent;
    }
  }
  function take(): () => void {
    const first = callbacks[0]!;
    const last = times.length - 1;
    swap(0, last);
    times.pop();
    orders.pop();
    callbacks.pop();
    for (let i = 0; ;) {
      let child = 2 * i + 1;
      if (child >= last) break;
      if (child + 1 < last && before(child + 1, child)) child++;
      if (!before(child, i)) break;
      swap(i, child);
      i = child;
    }
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
