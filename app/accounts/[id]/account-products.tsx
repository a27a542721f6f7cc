import { Card } from '@/app/_components/card';
import type { AccountDetail } from '@/lib/contracts';

/** What the account owns, has connected and uses besides. */
export function AccountProducts({ account }: { account: AccountDetail }) {
  return (
    <Card title="Products">
      <dl className="grid gap-3">
        <Chips label="Modules owned" values={account.modules} none="No module yet" />
        <Chips label="Integrations connected" values={account.integrations} none="Nothing connected yet" />
        <Chips label="Tech stack" values={account.techStack} none="Not known" />
      </dl>
    </Card>
  );
}

function Chips({ label, values, none }: { label: string; values: readonly string[]; none: string }) {
  return (
    <div>
      <dt className="mb-1 text-xs text-ink-3">{label}</dt>
      {values.length === 0 ? (
        <dd className="text-ink-2">{none}</dd>
      ) : (
        <dd className="flex flex-wrap gap-1.5">
          {values.map((value) => (
            <span key={value} className="max-w-full truncate rounded-md border border-line bg-raise px-2 py-px">
              {value}
            </span>
          ))}
        </dd>
      )}
    </div>
  );
}
