import { expect, it } from 'vitest';
import { createApiClient } from '../helpers/api-client';
import { eventually } from '../helpers/eventually';
import { startServer } from '../helpers/server';

it('a desk that is told to stop says that it leaves, and serves on until a proxy has heard it', async () => {
  const server = await startServer({ env: { HEADROOM_STOP_DELAY_MS: '1500' } });
  const api = createApiClient(server.url);
  const before = await api.send('GET', '/api/v1/workspace');
  expect(before.headers.get('connection')).toBe('keep-alive');
  const asked = Date.now();
  const ended = server.stop();
  const leaving = await eventually(async () => {
    const answer = await api.send('GET', '/api/readyz');
    return answer.status === 503 ? answer : null;
  }, 'the desk to say that it leaves');
  expect(JSON.parse(leaving.text)).toEqual({ status: 'unavailable', degraded: [] });
  const served = await api.send('GET', '/api/v1/workspace');
  expect(served.status).toBe(200);
  expect(served.headers.get('connection')).toBe('close');
  expect(await ended, server.output()).toBe(0);
  expect(Date.now() - asked).toBeGreaterThanOrEqual(1_500);
  await expect(api.send('GET', '/api/livez')).rejects.toThrow();
});
