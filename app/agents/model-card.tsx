import type { UseQueryResult } from '@tanstack/react-query';
import Link from 'next/link';
import { Card } from '@/app/_components/card';
import { ErrorState } from '@/app/_components/error-state';
import { CheckIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { ProgressBar } from '@/app/_components/progress-bar';
import { Skeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import { useFormat } from '@/app/_lib/use-format';
import type { AgentActivity } from '@/lib/contracts/agent-activity';
import { costInWords, providerInWords, purposeInWords, reasonInWords } from './activity-words';

type Model = AgentActivity['model'];

/** The language model: whether it works, what it may still cost today, and what of it was not used, and why. */
export function ModelCard({ activity }: { activity: UseQueryResult<AgentActivity> }) {
  const model = activity.data?.model;
  return (
    <Card
      title="Language model"
      note="Optional. It rewords what the rules wrote, and decides nothing"
      actions={model === undefined ? undefined : <ModelState state={model.state} />}
      flush
    >
      {model !== undefined ? (
        <ModelContent model={model} />
      ) : activity.isError ? (
        <ErrorState
          title="The language model could not be asked about"
          error={activity.error}
          onRetry={() => void activity.refetch()}
          retrying={activity.isFetching}
        />
      ) : (
        <div role="status" className="flex flex-col gap-2 px-4 pb-4">
          <span className="sr-only">Loading the language model</span>
          <Skeleton className="h-4 w-2/3" />
          <Skeleton className="h-4 w-1/2" />
        </div>
      )}
    </Card>
  );
}

function ModelContent({ model }: { model: Model }) {
  const { outcomes, notUsed } = model;
  const total = Object.values(outcomes.last30Days).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <p className="px-4 pb-3 text-ink-2">
        {model.reason}
        {model.state === 'ready' ? null : ' docs/language-models.md says how.'}
      </p>
      {model.provider === null ? null : (
        <div className="grid gap-x-8 gap-y-3 border-t border-line px-4 py-3 md:grid-cols-2">
          <dl className="grid grid-cols-[88px_1fr] content-start gap-x-3 gap-y-1">
            <Fact label="Provider">{providerInWords(model.provider)}</Fact>
            <Fact label="Model">{model.name}</Fact>
            <Fact label="Address">{model.host}</Fact>
            <Fact label="Prompt">{model.promptVersion}</Fact>
          </dl>
          <Budget budget={model.budget} />
        </div>
      )}
      {total === 0 ? (
        model.provider === null ? null : (
          <p className="border-t border-line px-4 py-2.5 text-ink-2">
            Nothing was reworded in the last 30 days. The next dispatch is the first.
          </p>
        )
      ) : (
        <>
          <Outcomes outcomes={outcomes} />
          <NotUsed calls={notUsed} />
        </>
      )}
    </>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 font-medium break-words">{children}</dd>
    </>
  );
}

function Budget({ budget }: { budget: Model['budget'] }) {
  const format = useFormat();
  const { tokens, dailyTokens, costMicros, dailyCostMicros, currency } = budget;
  const cost = (micros: number) => costInWords(micros, currency ?? 'USD', format.money);
  return (
    <div className="flex flex-col gap-2.5">
      <Meter
        label="Tokens today"
        used={format.number(tokens)}
        limit={dailyTokens === null ? null : format.number(dailyTokens)}
        share={dailyTokens === null ? null : tokens / dailyTokens}
      />
      {costMicros === null ? (
        <p className="text-xs text-ink-3">The cost is unknown: no prices are configured. Tokens are counted.</p>
      ) : (
        <Meter
          label="Cost today"
          used={cost(costMicros)}
          limit={dailyCostMicros === null ? null : cost(dailyCostMicros)}
          share={dailyCostMicros === null ? null : costMicros / Math.max(1, dailyCostMicros)}
        />
      )}
    </div>
  );
}

function Meter({
  label,
  used,
  limit,
  share,
}: {
  label: string;
  used: string;
  limit: string | null;
  share: number | null;
}) {
  return (
    <div>
      <div className="mb-1 flex justify-between gap-3">
        <span className="text-ink-3">{label}</span>
        <span>
          <span className="font-semibold">{used}</span>
          <span className="text-ink-3">{limit === null ? ', no limit' : ` of ${limit}`}</span>
        </span>
      </div>
      {share === null ? null : <ProgressBar label={label} share={share} />}
    </div>
  );
}

const OUTCOMES: readonly { key: keyof Model['outcomes']['today']; label: string }[] = [
  { key: 'used', label: 'Used' },
  { key: 'refused', label: 'Refused by the check' },
  { key: 'failed', label: 'Failed' },
  { key: 'over_budget', label: 'Over budget' },
];

function Outcomes({ outcomes }: { outcomes: Model['outcomes'] }) {
  const format = useFormat();
  return (
    <table className="w-full border-t border-line">
      <caption className="sr-only">Calls by what became of them</caption>
      <thead>
        <tr className="text-xs text-ink-3">
          <th scope="col" className="px-4 pt-2.5 pb-1 text-left font-medium">
            Calls
          </th>
          <th scope="col" className="w-24 pt-2.5 pb-1 text-right font-medium">
            Today
          </th>
          <th scope="col" className="w-28 px-4 pt-2.5 pb-1 text-right font-medium">
            30 days
          </th>
        </tr>
      </thead>
      <tbody>
        {OUTCOMES.map(({ key, label }) => (
          <tr key={key}>
            <th scope="row" className="px-4 py-1 text-left font-normal text-ink-2">
              {label}
            </th>
            <td className="py-1 text-right font-medium">{format.number(outcomes.today[key])}</td>
            <td className="px-4 py-1 text-right font-medium">{format.number(outcomes.last30Days[key])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NotUsed({ calls }: { calls: Model['notUsed'] }) {
  const format = useFormat();
  return (
    <section aria-label="Not used lately" className="mt-2 border-t border-line">
      <h3 className="px-4 pt-2.5 pb-1 text-xs font-medium text-ink-3">Not used lately: the rules’ own text stands</h3>
      {calls.length === 0 ? (
        <p className="px-4 pb-3 text-ink-2">Every text that came back was used.</p>
      ) : (
        <ul className="pb-1">
          {calls.map((call) => (
            <li key={call.id} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 px-4 py-1.5">
              <div className="min-w-0">
                <span className="font-medium">{reasonInWords(call.reason)}</span>
                {call.detail === null || call.detail === '' || call.outcome === 'over_budget' ? null : (
                  <span className="break-words text-ink-2">
                    {call.outcome === 'refused' ? `: «${call.detail}»` : `: ${call.detail}`}
                  </span>
                )}
              </div>
              <div className="text-right text-xs text-ink-3" title={format.dateTime(call.at)}>
                {format.relative(call.at)}
              </div>
              <div className="text-xs text-ink-3">
                {purposeInWords(call.purpose)}
                {call.account === null ? null : (
                  <>
                    {' · '}
                    {call.account.name === null ? (
                      call.account.id
                    ) : (
                      <Link
                        href={`/accounts/${encodeURIComponent(call.account.id)}`}
                        prefetch={false}
                        className="rounded-sm hover:underline"
                      >
                        {call.account.name}
                      </Link>
                    )}
                  </>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function ModelState({ state }: { state: Model['state'] }) {
  switch (state) {
    case 'ready':
      return (
        <StateBadge tone="green" icon={<CheckIcon />}>
          Ready
        </StateBadge>
      );
    case 'degraded':
      return (
        <StateBadge tone="amber" icon={<WarningIcon />}>
          Degraded
        </StateBadge>
      );
    case 'not_configured':
      return (
        <StateBadge tone="neutral" icon={<MinusIcon />}>
          Not configured
        </StateBadge>
      );
  }
}
