import { checkMapping, MAPPED_COLUMNS, proposeMapping, typesFor } from '../adapters/notion/mapping';
import type { NotionApi } from '../adapters/notion/notion-api';
import type { NotionPlace, NotionSchema } from '../adapters/notion/notion-objects';
import {
  defineProperties,
  HEALTH,
  matchOwnProperties,
  type OwnProperty,
  TARGETS,
  type TargetName,
} from '../adapters/notion/records';
import type {
  NotionAccountsRequest,
  NotionOverview,
  NotionPlaces,
  NotionPreview,
  NotionPreviewRequest,
  NotionProblems,
  NotionTargetRequest,
} from '../contracts/notion';
import type { NotionOutbox } from '../db/notion-outbox';
import type { NotionPages } from '../db/notion-pages';
import { deriveSignals } from '../domain/signals';
import { AppError } from '../errors';
import type { JobRunner } from '../job-runner';
import type { SecretBox } from '../secrets';
import { notChosen } from './pull';
import type { NotionPush } from './push';
import { readNotionRow } from './rows';
import type { NotionSession } from './session';
import { type NotionConnectionState, type NotionConnections, type NotionSettings, TOKEN_PLACE } from './settings';

export interface NotionDeskOptions {
  session: NotionSession;
  connections: NotionConnections;
  pages: NotionPages;
  outbox: NotionOutbox;
  push: NotionPush;
  /** Carries out `notion_pull`. */
  jobs: JobRunner;
  box: SecretBox;
  clock: () => Date;
}

const PREVIEW_ROWS = 10;
const PROBLEMS_SHOWN = 200;

/** What an admin does in Settings → Notion. The token goes in encrypted and never comes out of here. */
export function createNotionDesk(options: NotionDeskOptions) {
  const { session, connections, pages, outbox, push, jobs, box, clock } = options;

  async function opened(): Promise<{ api: NotionApi; connection: NotionConnectionState }> {
    const open = await session.openAtOnce();
    if (open) return open;
    throw notConnected();
  }

  let saving: Promise<void> = Promise.resolve();

  /** One after the other, each from what is stored then: what it was decided by may be older. */
  function save(change: (stored: NotionSettings) => Partial<NotionSettings>, { readAll = false } = {}): Promise<void> {
    const saved = saving.then(async () => {
      const { connection } = await opened();
      await connections.saveSettings({ ...connection.settings, ...change(connection.settings) }, clock(), { readAll });
    });
    saving = saved.catch(() => {});
    return saved;
  }

  /** Something was mended, or may have been: what waits goes on. */
  function goOn(): void {
    push.noticed();
    push.hurry();
    void push.run();
  }

  /** Adds what is missing of the properties that the desk writes. @returns their ids. */
  async function ensure(
    api: NotionApi,
    schema: NotionSchema,
    properties: Readonly<Record<string, OwnProperty>>,
    known: Readonly<Record<string, string>>,
    accounts: string | null,
  ): Promise<Record<string, string>> {
    const { missing, wrong, ids } = matchOwnProperties(properties, schema, known);
    const [other] = wrong;
    if (other) {
      const { property, type } = other;
      throw new AppError(
        'conflict',
        `«${property.name}» of «${schema.title}» is of the type ${type}; it has to be ${property.type}.`,
        {
          remedy: `Rename that property in Notion, and try again: the desk adds one of the right type.`,
        },
      );
    }
    const wanted = missing.filter(({ type }) => type !== 'relation' || accounts !== null);
    if (wanted.length === 0) return ids;
    const after = await api.addProperties(schema.dataSourceId, defineProperties(wanted, accounts));
    return matchOwnProperties(properties, after, known).ids;
  }

  async function overview(): Promise<NotionOverview> {
    const [connection, backlog, counts] = await Promise.all([connections.read(), outbox.summary(), pages.counts()]);
    const settings = connection?.settings;
    const problems = connection?.connected ? connection.problems : { pull: null, push: null };
    return {
      state: stateOf(connection),
      workspace: connection?.connected ? connection.workspace : null,
      connectedAt: connection?.connected ? connection.connectedAt.toISOString() : null,
      accounts: settings?.accounts ?? null,
      mapping: settings?.mapping ?? {},
      writesHealth: settings?.health != null,
      targets: {
        health: placeOf(settings?.targets.health),
        expansion: placeOf(settings?.targets.expansion),
        review: placeOf(settings?.targets.review),
      },
      pull: {
        problem: problems.pull,
        lastAt: connection?.pulledAt?.toISOString() ?? null,
        runId: jobs.runOf(PULL),
        pages: counts,
      },
      push: {
        problem: problems.push,
        lastAt: connection?.pushedAt?.toISOString() ?? null,
        waiting: backlog.waiting,
        failed: backlog.failed,
        oldestAt: backlog.oldestAt?.toISOString() ?? null,
      },
    };
  }

  return {
    overview,

    /** Asks Notion who the token is before it is kept. What was chosen with an earlier token stays. */
    async connect(token: string, actor: string): Promise<NotionOverview> {
      let workspace: string | null;
      try {
        workspace = (await session.tryToken(token).whoAmI()).workspace;
      } catch (error) {
        throw tokenRefused(error);
      }
      const credentials = box.seal(token, TOKEN_PLACE);
      await connections.connect({ credentials, workspace, connectedBy: actor, now: clock() });
      // What the token before was not allowed to do, this one may be.
      await outbox.retryFailed(clock());
      goOn();
      return overview();
    },

    /** Nothing that opens the workspace is kept. Accounts stay, and so does what Notion was told. */
    async disconnect(): Promise<void> {
      await connections.disconnect(clock());
    },

    async places(kind: 'data_source' | 'page', text: string): Promise<NotionPlaces> {
      const { api } = await opened();
      return { items: await api.findPlaces(kind, text) };
    },

    /** The first rows as they would come in. Nothing is kept. */
    async preview({ dataSourceId, mapping: given }: NotionPreviewRequest): Promise<NotionPreview> {
      const { api } = await opened();
      const schema = await api.readSchema(dataSourceId);
      const ours = Object.values(HEALTH).map(({ name }) => name as string);
      const proposed = proposeMapping(schema.properties, ours);
      const wanted =
        given ??
        Object.fromEntries(proposed.flatMap(({ column, property }) => (property ? [[column, property.id]] : [])));
      const { mapping, problems } = checkMapping(wanted, schema.properties);
      const now = clock();
      const first = await api.firstRows(dataSourceId, PREVIEW_ROWS);
      return {
        database: { id: schema.dataSourceId, title: schema.title, url: schema.url },
        properties: schema.properties.map(({ id, name, type }) => ({ id, name, type })),
        columns: MAPPED_COLUMNS.map((column) => ({
          column,
          types: [...typesFor(column)],
          property: mapping[column] ?? null,
          mismatch: proposed.find((each) => each.column === column)?.mismatch ?? null,
        })),
        problems,
        rows: first.map((page) => {
          const { record, issues, notes, cells } = readNotionRow(page, mapping, now);
          const observation = { ...record.observation, observedAt: record.observation.observedAt ?? page.editedAt };
          const derived = deriveSignals(observation, now);
          return {
            title: page.title,
            url: page.url,
            accountId: record.id,
            cells,
            issues: issues.map(({ column, message }) => ({ column, message })),
            notes,
            missing: derived.ok || issues.length > 0 ? [] : derived.problems.map(({ message }) => message),
          };
        }),
      };
    },

    /** @throws AppError `invalid_input` naming each column that cannot be read like that. */
    async chooseAccounts(request: NotionAccountsRequest): Promise<NotionOverview> {
      const { api, connection } = await opened();
      const schema = await api.readSchema(request.dataSourceId);
      const { mapping, problems } = checkMapping(request.mapping, schema.properties);
      if (problems.length > 0) {
        throw new AppError('invalid_input', problems.map(({ column, message }) => `${column} ${message}`).join(' '), {
          issues: problems.map(({ column, message }) => ({ path: `mapping.${column}`, message })),
        });
      }
      const known = connection.settings.health ?? {};
      const health = request.writeHealth ? await ensure(api, schema, HEALTH, known, null) : null;
      const accounts: NotionPlace = { id: schema.dataSourceId, title: schema.title, url: schema.url };
      if (connection.settings.accounts && connection.settings.accounts.id !== accounts.id) await pages.forget();
      if (health === null) await outbox.forget('health');
      const chosen = { accounts, mapping: { ...mapping }, health: health as NotionSettings['health'] };
      await save(() => chosen, { readAll: true });
      goOn();
      return overview();
    },

    /** A database for one kind of record: one that is there, a new one under a page, or none. */
    async chooseTarget(target: TargetName, request: NotionTargetRequest): Promise<NotionOverview> {
      const { api, connection } = await opened();
      const { settings } = connection;
      const accounts = settings.accounts?.id ?? null;
      if (accounts === null) throw notChosen();
      const { title, properties } = TARGETS[target];
      let chosen: NotionSettings['targets'][TargetName] = null;
      if (!('none' in request)) {
        const schema =
          'parentPageId' in request
            ? await api.createDatabase(
                request.parentPageId,
                title,
                defineProperties(Object.values(properties), accounts),
              )
            : await api.readSchema(request.dataSourceId);
        if (schema.dataSourceId === accounts) {
          throw new AppError('conflict', 'That is the accounts database itself.', { remedy: 'Choose another one.' });
        }
        const known = settings.targets[target]?.properties ?? {};
        const ids = await ensure(api, schema, properties, known, accounts);
        chosen = { id: schema.dataSourceId, title: schema.title, url: schema.url, properties: ids };
      }
      if (settings.targets[target]?.id !== chosen?.id) await outbox.forget(KIND_OF[target]);
      await save((stored) => ({ targets: { ...stored.targets, [target]: chosen } }));
      goOn();
      return overview();
    },

    /** Puts back what somebody has deleted of the properties that the desk writes. */
    async mend(): Promise<NotionOverview> {
      const { api, connection } = await opened();
      const { accounts, health, targets } = connection.settings;
      if (!accounts) throw notChosen();
      const mended: NotionSettings['targets'] = { ...targets };
      for (const name of Object.keys(TARGETS) as TargetName[]) {
        const target = targets[name];
        if (!target) continue;
        const schema = await api.readSchema(target.id);
        const ids = await ensure(api, schema, TARGETS[name].properties, target.properties, accounts.id);
        mended[name] = { ...target, properties: ids };
      }
      const ids = health ? await ensure(api, await api.readSchema(accounts.id), HEALTH, health, null) : null;
      await save((stored) => {
        const kept = Object.entries(mended).filter(
          ([name, target]) => target !== null && stored.targets[name as TargetName]?.id === target.id,
        );
        return {
          health: stored.health && (ids as NotionSettings['health']),
          targets: { ...stored.targets, ...Object.fromEntries(kept) },
        };
      });
      await outbox.retryFailed(clock());
      goOn();
      return overview();
    },

    /** @returns the run; the one that is under way where there is one. */
    async pullNow(): Promise<string | null> {
      const connection = await connections.read();
      if (!connection?.connected) throw notConnected();
      if (!connection.settings.accounts) throw notChosen();
      // What is wrong with the token, the run finds out and writes down.
      return jobs.start(PULL, 'manual');
    },

    async problems(): Promise<NotionProblems> {
      const [rows, failures] = await Promise.all([pages.problems(PROBLEMS_SHOWN), outbox.failures(PROBLEMS_SHOWN)]);
      return {
        pages: rows.map(({ title, url, state, accountId, wantedId, problem }) => ({
          ...{ title, url, state },
          accountId: accountId ?? wantedId,
          problem: problem ?? '',
        })),
        writes: failures.map(({ kind, accountId, errorMessage, updatedAt }) => ({
          kind: kind as NotionProblems['writes'][number]['kind'],
          accountId,
          message: errorMessage ?? '',
          at: updatedAt.toISOString(),
        })),
      };
    },

    /** Accounts of files whose ids pages name belong to Notion from now on, which is read again. */
    async takeOver(): Promise<{ accounts: number; runId: string | null }> {
      await opened();
      const accounts = await pages.takeOver(clock());
      await save(() => ({}), { readAll: true });
      return { accounts, runId: accounts > 0 ? await jobs.start(PULL, 'manual') : null };
    },

    /** Accounts of Notion belong to files from now on; no database is chosen any more. */
    async release(): Promise<{ accounts: number; runId: string | null }> {
      const connection = await connections.read();
      if (connection?.connected && connection.settings.accounts)
        await save(() => ({ accounts: null }), { readAll: true });
      return { accounts: await pages.release(clock()), runId: null };
    },

    /** For the Agents page and readiness: how it is, in one sentence, with what to do. */
    async describe(): Promise<{ state: 'ready' | 'degraded' | 'not_configured'; reason: string }> {
      const [connection, backlog] = await Promise.all([connections.read(), outbox.summary()]);
      const state = stateOf(connection);
      if (!connection || state === 'not_connected') {
        const reason = 'Accounts come from files. An admin can connect Notion in Settings → Notion.';
        return { state: 'not_configured', reason };
      }
      const { settings, workspace, problems } = connection;
      const { waiting, failed: refused } = backlog;
      const waits = waiting === 0 ? 'Nothing waits' : waiting === 1 ? '1 change waits' : `${waiting} changes wait`;
      const problem = problems.pull ?? problems.push;
      if (problem) {
        const reason = [problem.message, problem.remedy, `${waits} to be written.`].filter(Boolean).join(' ');
        return { state: 'degraded', reason };
      }
      if (!settings.accounts) {
        const reason = 'Connected, but no accounts database is chosen. Choose it in Settings → Notion.';
        return { state: 'degraded', reason };
      }
      const failed = refused === 0 ? '' : ` ${refused} could not be written: Settings → Notion says why.`;
      const from = workspace === null ? '' : ` of ${workspace}`;
      return {
        state: 'ready',
        reason: `Accounts come from «${settings.accounts.title}»${from}. ${waits} to be written.${failed}`,
      };
    },
  };
}

const KIND_OF = { health: 'alert', expansion: 'expansion', review: 'review' } as const;

export type NotionDesk = ReturnType<typeof createNotionDesk>;

export const PULL = 'notion_pull';

function stateOf(connection: NotionConnectionState | null): NotionOverview['state'] {
  if (!connection?.connected) return 'not_connected';
  if (connection.problems.pull ?? connection.problems.push) return 'problem';
  return connection.settings.accounts ? 'connected' : 'not_chosen';
}

function notConnected(): AppError {
  return new AppError('conflict', 'Notion is not connected.', {
    remedy: 'Paste the integration’s token in Settings → Notion.',
  });
}

function placeOf(target: NotionPlace | null | undefined): NotionPlace | null {
  return target ? { id: target.id, title: target.title, url: target.url } : null;
}

function tokenRefused(error: unknown): unknown {
  if ((error as { code?: unknown }).code !== 'notion_reconnect') return error;
  const message = 'Notion does not accept this token.';
  return new AppError('invalid_input', message, {
    issues: [{ path: 'token', message }],
    remedy: 'Copy the secret of the integration at notion.so/profile/integrations.',
  });
}
