import type { Database } from './client';
import type { NotionConnection, Prisma } from './generated/sqlite/client';

/** What is wrong with one direction, what to do, and since when. */
export interface NotionProblem {
  code: string;
  message: string;
  remedy: string | null;
  since: string;
}

export type NotionDirection = 'pull' | 'push';

/** The connection as it is stored. `credentials` are encrypted. `Settings` is what its owner keeps with it. */
export interface StoredNotionConnection<Settings> {
  credentials: string | null;
  connected: boolean;
  version: number;
  workspace: string | null;
  settings: Settings;
  problems: Record<NotionDirection, NotionProblem | null>;
  connectedBy: string;
  connectedAt: Date;
  checkedAt: Date | null;
  pulledAt: Date | null;
  pushedAt: Date | null;
  pulledThrough: Date | null;
  fullPullAt: Date | null;
}

/** The one row: a desk has one workspace. */
const ID = 'workspace';

export function createNotionConnectionStore<Settings extends object>(db: Database, defaults: Settings) {
  async function update(data: Prisma.NotionConnectionUpdateManyMutationInput, version?: number): Promise<boolean> {
    const { count } = await db.write.notionConnection.updateMany({
      where: { id: ID, ...(version === undefined ? {} : { version }) },
      data,
    });
    return count > 0;
  }

  return {
    async read(): Promise<StoredNotionConnection<Settings> | null> {
      const row = await db.read.notionConnection.findUnique({ where: { id: ID } });
      return row ? toConnection(row, defaults) : null;
    },

    /** Keeps a token, in the place of the one before; what was chosen with that one stays. */
    async connect(given: {
      credentials: string;
      workspace: string | null;
      connectedBy: string;
      now: Date;
    }): Promise<void> {
      const { credentials, workspace, connectedBy, now } = given;
      const data = {
        ...{ credentials, workspace, connectedBy, state: 'connected', pullProblem: null, pushProblem: null },
        ...{ connectedAt: now, checkedAt: now, updatedAt: now },
      };
      await db.write.notionConnection.upsert({
        where: { id: ID },
        create: { id: ID, settings: JSON.stringify(defaults), ...data },
        update: { ...data, version: { increment: 1 } },
      });
    },

    /** Nothing that would let the desk in is kept. */
    async disconnect(now: Date): Promise<void> {
      const nothing = {
        credentials: null,
        pullProblem: null,
        pushProblem: null,
        pulledThrough: null,
        fullPullAt: null,
      };
      await update({ ...nothing, state: 'disconnected', version: { increment: 1 }, updatedAt: now });
    },

    /** `readAll`: the next pull looks at every page, and one that is under way counts for nothing. */
    async saveSettings(settings: Settings, now: Date, { readAll }: { readAll: boolean }): Promise<void> {
      await update({
        settings: JSON.stringify(settings),
        updatedAt: now,
        ...(readAll ? { pulledThrough: null, fullPullAt: null, version: { increment: 1 } } : {}),
      });
    },

    /** What a pull has read; not where the token, or what is to be read, was changed meanwhile. */
    async pulled(
      version: number,
      { through, full, now }: { through: Date | null; full: boolean; now: Date },
    ): Promise<boolean> {
      const data = { pulledThrough: through, pulledAt: now, checkedAt: now, pullProblem: null, updatedAt: now };
      return update({ ...data, ...(full ? { fullPullAt: now } : {}) }, version);
    },

    /** What was due is told; `mended`: and nothing is wrong any more. */
    async pushed(version: number, now: Date, { mended }: { mended: boolean }): Promise<void> {
      const data = { pushedAt: now, checkedAt: now, updatedAt: now };
      await update({ ...data, ...(mended ? { pushProblem: null } : {}) }, version);
    },

    /** A failure of a token that was replaced since says nothing. */
    async setProblem(
      direction: NotionDirection,
      version: number,
      problem: NotionProblem | null,
      now: Date,
    ): Promise<void> {
      const text = problem === null ? null : JSON.stringify(problem);
      const data = direction === 'pull' ? { pullProblem: text } : { pushProblem: text };
      await update({ ...data, checkedAt: now, updatedAt: now }, version);
    },

    /** Credentials encrypted anew; only where they are still the ones that were read. */
    async replaceCredentials(before: string, after: string): Promise<boolean> {
      const { count } = await db.write.notionConnection.updateMany({
        where: { id: ID, credentials: before },
        data: { credentials: after },
      });
      return count > 0;
    },
  };
}

export type NotionConnectionStore<Settings extends object> = ReturnType<typeof createNotionConnectionStore<Settings>>;

function toConnection<Settings extends object>(
  row: NotionConnection,
  defaults: Settings,
): StoredNotionConnection<Settings> {
  const { credentials, version, workspace, connectedBy, connectedAt, checkedAt } = row;
  const { pulledAt, pushedAt, pulledThrough, fullPullAt } = row;
  const problem = (text: string | null) => (text === null ? null : (JSON.parse(text) as NotionProblem));
  return {
    ...{ credentials, version, workspace, connectedBy, connectedAt, checkedAt },
    ...{ pulledAt, pushedAt, pulledThrough, fullPullAt },
    connected: row.state === 'connected' && credentials !== null,
    settings: { ...defaults, ...(JSON.parse(row.settings) as Partial<Settings>) },
    problems: { pull: problem(row.pullProblem), push: problem(row.pushProblem) },
  };
}
