import type { Database } from '../../lib/db/client';

/** An endpoint that asks for these events and is disabled: they are logged, and nothing is sent. */
export async function listenFor(db: Database, eventTypes: readonly string[], now: Date): Promise<void> {
  await db.write.webhookEndpoint.create({
    data: {
      id: 'listener',
      url: 'https://listener.example/',
      description: '',
      eventTypes: eventTypes.join(','),
      secrets: '',
      disabledAt: now,
      disabledReason: 'admin',
      createdBy: 'test',
      createdAt: now,
      updatedAt: now,
    },
  });
}
