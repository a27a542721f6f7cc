/** Waits until the probe answers something truthy, and answers that. Fails with the last answer when time is up. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  what: string,
  timeoutMs = 10_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what} (last: ${String(answer)})`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
