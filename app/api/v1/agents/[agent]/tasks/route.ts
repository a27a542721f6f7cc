import { agentTask } from '@/lib/contracts';
import { agentTaskQuery } from '@/lib/contracts/agent-activity';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute(
  'GET /api/v1/agents/[agent]/tasks',
  { query: agentTaskQuery },
  async ({ reads, params, query }) => json(await reads.listAgentTasks(params.agent ?? '', query)),
);

/** 202 with its run for a task over the whole portfolio, 200 with its result for one account. */
export const POST = withRoute(
  'POST /api/v1/agents/[agent]/tasks',
  { body: agentTask },
  async ({ runtime, reads, params, body, actor, note }) => {
    note({ type: body.type });
    const answer = await runtime.desk.submitTask(params.agent ?? '', body, actor);
    if (answer.kind === 'result') return json(answer.result);
    const response = json(await reads.getRun(answer.runId), 202);
    response.headers.set('location', `/api/v1/runs/${answer.runId}`);
    return response;
  },
);
