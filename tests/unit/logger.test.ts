import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** What the logger writes on standard output, line by line; it writes there itself, so it runs in a process of its own. */
function logged(code: string): Record<string, unknown>[] {
  const script = `const { createLogger } = await import('./lib/logger.ts'); const log = createLogger('info'); ${code}`;
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('an error in the log', () => {
  it('is told with its cause and its code, without what a driver hung on it', () => {
    const [line] = logged(`
      const cause = Object.assign(new Error('connection reset'), { code: 'ECONNRESET', request: { headers: 'canary' } });
      const error = Object.assign(new TypeError('the mailbox is away', { cause }), {
        code: 'unavailable',
        client: { password: 'canary', connectionParameters: { password: 'canary' } },
        config: { headers: { Authorization: 'canary' } },
      });
      log.error({ err: error }, 'A draft could not be made');`);
    expect(line).toMatchObject({
      level: 50,
      msg: 'A draft could not be made',
      err: {
        type: 'TypeError',
        message: 'the mailbox is away',
        code: 'unavailable',
        stack: expect.stringContaining('TypeError: the mailbox is away'),
        cause: { type: 'Error', message: 'connection reset', code: 'ECONNRESET' },
      },
    });
    expect(JSON.stringify({ ...line, err: { ...(line?.err as object), stack: '' } })).not.toContain('canary');
  });

  it('ends, however its causes go round, and says what is no error as it is', () => {
    const lines = logged(`
      const error = new Error('round'); error.cause = error;
      log.error({ err: error }, 'one');
      log.error({ err: new AggregateError([new Error('first'), 'second'], 'several') }, 'two');
      log.error({ err: 'only text' }, 'three');`);
    expect(lines.map((line) => line.msg)).toEqual(['one', 'two', 'three']);
    expect(lines[1]?.err).toMatchObject({ message: 'several', errors: [{ message: 'first' }, 'second'] });
    expect(lines[2]?.err).toBe('only text');
  });
});
