import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { webhookEnvelope, webhookEventType } from '../../../lib/contracts/webhooks';
import { webhookBody, webhookHeaders, writeWebhookSecret } from '../../../lib/domain/webhook-message';
import { DESK_EVENT_TYPES } from '../../../lib/ports/events';
import { NOW } from '../../helpers/clock';

const event = {
  id: 'evt_1',
  type: 'expansion.detected',
  accountId: 'a/1',
  accountName: 'Acme',
  occurredAt: NOW,
  data: {},
};

describe('a message', () => {
  it('is signed as the standard says', () => {
    // The example of the specification.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const headers = webhookHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' },
      [secret],
      new Date(1_614_265_330_000),
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('convinces whoever knows one of its secrets, and nobody else, whatever it says', () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.string({ unit: 'binary' }), (first, second, third, text) => {
        const body = JSON.stringify({ text });
        const secrets = [first, second].map(writeWebhookSecret);
        const headers = webhookHeaders({ id: 'evt_1', body }, secrets, new Date());
        for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toBeTruthy();
        const other = writeWebhookSecret(third);
        if (!secrets.includes(other)) expect(() => new Webhook(other).verify(body, headers)).toThrow();
        expect(() => new Webhook(secrets[0] ?? '').verify(`${body} `, headers)).toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it('is the same text each time, in the envelope that the documents promise', () => {
    const data = { opportunityId: 'o&1', impact: null };
    const body = webhookBody({ ...event, data }, 'https://desk.example');
    expect(webhookBody({ ...event, data }, 'https://desk.example')).toBe(body);
    expect(webhookEnvelope.parse(JSON.parse(body))).toEqual({
      id: 'evt_1',
      type: 'expansion.detected',
      version: 1,
      timestamp: NOW.toISOString(),
      data: {
        account: { id: 'a/1', name: 'Acme' },
        ...data,
        link: 'https://desk.example/opportunities?tab=all&id=o%261',
      },
    });
  });

  it.each([
    ['dispatch.drafted', { dispatchId: 'd1' }, '/dispatches?id=d1'],
    ['health.scored', {}, '/accounts/a%2F1'],
    ['churn.alert', { alertId: 'al' }, '/alerts?id=al'],
    ['qbr.ready', { reviewId: 're' }, '/reviews/re'],
    ['qbr.ready', { link: 'https://desk.example/mine' }, '/mine'],
    ['churn.alert', { link: null }, null],
  ])('of %s leads to where it can be seen', (type, data, link) => {
    const linkOf = (deskUrl: string | null) =>
      (JSON.parse(webhookBody({ ...event, type, data }, deskUrl)) as { data: { link: string | null } }).data.link;
    expect(linkOf('https://desk.example')).toBe(link && `https://desk.example${link}`);
    if (!('link' in data)) expect(linkOf(null)).toBeNull();
  });

  it('can be about everything that the desk tells of', () => {
    expect(webhookEventType.options).toEqual(DESK_EVENT_TYPES);
  });
});
