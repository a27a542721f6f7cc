import { AsyncLocalStorage } from 'node:async_hooks';
import type { AgentContext } from './agents/agent';
import type { TaskLog, TaskOutcome } from './db/task-log';
import { isAppError, publicMessage } from './errors';
import type { Log } from './ports';

/** The task that a piece of work belongs to, however deep inside. */
export interface CurrentTask {
  type: string;
  runId: string | null;
}

type Task = { type: string } & Record<string, unknown>;

/** What an agent has that tasks can be given to, whichever they are. */
interface Watchable {
  readonly id: string;
  supports(type: string): boolean;
  execute(task: never, context: never): Promise<object>;
}

/** What is written down of a task before it begins. */
export interface RecordedTask {
  agent: string;
  type: string;
  accountId: string | null;
  runId: string | null;
  actor: string;
}

export interface TaskWatchOptions {
  log: TaskLog;
  /** Names this process. */
  owner: string;
  /** Of the owners, those whose process is gone. */
  gone: (owners: readonly string[]) => Promise<Set<string>>;
  clock: () => Date;
  logger: Log;
}

/**
 * Writes down every task of an agent: when it began and ended, and how. What asks for a task knows nothing of it, and a
 * database that cannot take the record does not keep the task from being done.
 */
export function createTaskWatch({ log, owner, gone, clock, logger }: TaskWatchOptions) {
  const current = new AsyncLocalStorage<CurrentTask>();

  /** Null where it could not be written. */
  async function attempt<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      logger.warn({ err: error }, 'A task could not be written down');
      return null;
    }
  }

  /** Carries out a task and writes down how it went. */
  async function record<Result extends object>(
    task: RecordedTask,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const id = await attempt(log.start({ ...task, owner, now: clock() }));
    const end = async (outcome: TaskOutcome, error: { code: string; message: string } | null) => {
      if (id !== null) await attempt(log.finish(id, outcome, error, clock()));
    };
    const notDone = () => (signal.aborted ? 'cancelled' : 'failed');
    try {
      const result = await current.run({ type: task.type, runId: task.runId }, work);
      if ('partial' in result && 'errorCode' in result && 'error' in result) {
        const error = { code: String(result.errorCode), message: String(result.error) };
        await end(notDone(), error);
      } else {
        await end('succeeded', null);
      }
      return result;
    } catch (error) {
      const code = isAppError(error) ? error.code : 'internal';
      // What was asked for does not fit, or is not there: the asker hears so, and no task has failed.
      const isMistaken = code === 'invalid_input' || code === 'not_found';
      if (id !== null && isMistaken) await attempt(log.forget(id));
      else await end(notDone(), { code, message: publicMessage(error) });
      throw error;
    }
  }

  /** The same agent, watched. */
  function watch<Watched extends Watchable>(agent: Watched): Watched {
    const execute = async (task: Task, context: AgentContext): Promise<object> => {
      const carryOut = () => agent.execute(task as never, context as never);
      // One that it has no handler for is nobody's task.
      if (!agent.supports(task.type)) return carryOut();
      const accountId = typeof task.accountId === 'string' ? task.accountId.slice(0, 200) : null;
      const about = { agent: agent.id, type: task.type, accountId, runId: context.runId ?? null, actor: context.actor };
      return record(about, context.signal, carryOut);
    };
    return { ...agent, execute };
  }

  return {
    watch,
    record,
    current: (): CurrentTask | null => current.getStore() ?? null,
    /** Ends the tasks of processes that died in the middle of them. */
    async endAbandoned(): Promise<void> {
      const owners = (await log.owners()).filter((other) => other !== owner);
      if (owners.length === 0) return;
      await log.abandon([...(await gone(owners))], clock());
    },
  };
}

export type TaskWatch = ReturnType<typeof createTaskWatch>;
